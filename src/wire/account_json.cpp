// SPDX-License-Identifier: Apache-2.0
#include "wire/account_json.h"

namespace gthulhu::wire {

Result<Credentials> decode_credentials(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  Credentials credentials;
  TRY(reader.read("username", credentials.username));
  TRY(reader.read("password", credentials.password));
  return credentials;
}

Result<PasswordChange> decode_password_change(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  PasswordChange change;
  TRY(reader.read("oldPassword", change.old_password));
  TRY(reader.read("newPassword", change.new_password));
  return change;
}

Value encode_user(const User& user) {
  Value roles = nullptr;
  if (!user.roles.empty()) {
    Value::Array names;
    for (const RoleName& role : user.roles) names.emplace_back(role.str());
    roles = std::move(names);
  }
  return Value::Object{{"id", user.id.str()},
                       {"username", user.username},
                       {"roles", std::move(roles)},
                       {"status", static_cast<int>(user.status)}};
}

}  // namespace gthulhu::wire
