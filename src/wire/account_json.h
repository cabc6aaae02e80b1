// SPDX-License-Identifier: Apache-2.0
//
// Accounts in the manager's API (contract 1.4, 1.5).
#pragma once

#include <string>

#include "core/model/account.h"
#include "wire/json.h"

namespace gthulhu::wire {

struct Credentials {
  std::string username;
  std::string password;
};
Result<Credentials> decode_credentials(const Value& body);

struct PasswordChange {
  std::string old_password;
  std::string new_password;
};
Result<PasswordChange> decode_password_change(const Value& body);

Value encode_user(const User& user);

}  // namespace gthulhu::wire
