// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/session.h"

namespace gthulhu {

Result<ApiClient> client_of_session(const Environment& environment) {
  SavedSession session = TRY(load_session(session_path(environment)));
  return ApiClient::open(std::move(session.server), std::move(session.token));
}

std::string cell(const wire::Value& object, std::string_view member) {
  const wire::Value* value = object.find(member);
  if (value == nullptr || value->is_null()) return "";
  if (const auto* text = value->as<std::string>()) return *text;
  return wire::to_text(*value);
}

const wire::Value::Array& list_of(const wire::Value& object, std::string_view member) {
  static const wire::Value::Array none;
  const wire::Value* value = object.find(member);
  const auto* items = value == nullptr ? nullptr : value->as<wire::Value::Array>();
  return items == nullptr ? none : *items;
}

}  // namespace gthulhu
