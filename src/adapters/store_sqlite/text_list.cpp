// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/text_list.h"

#include "wire/json.h"

namespace gthulhu {

std::string to_column(const std::vector<std::string>& texts) {
  wire::Value::Array items;
  for (const std::string& text : texts) items.emplace_back(text);
  return wire::to_text(items);
}

Result<std::vector<std::string>> from_column(std::string_view text, std::string_view column) {
  const Error wrong{Errc::corrupt, std::string(column) + " is no list of texts", ""};
  const auto value = wire::parse_json(text);
  const auto* items = value ? value->as<wire::Value::Array>() : nullptr;
  if (items == nullptr) return wrong;
  std::vector<std::string> texts;
  for (const wire::Value& item : *items) {
    const auto* name = item.as<std::string>();
    if (name == nullptr) return wrong;
    texts.push_back(*name);
  }
  return texts;
}

}  // namespace gthulhu
