// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// Durable users and roles. A function that returns success has its change on disk.
// Threads: all functions from anywhere.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual Result<std::optional<User>> user(const UserId& id) = 0;
  virtual Result<std::optional<User>> user_named(const std::string& username) = 0;
  // Errc::conflict when the name is taken.
  virtual Result<> add(const User& user) = 0;
  // Errc::not_found when there is no such user.
  virtual Result<> replace(const User& user) = 0;
  virtual Result<std::vector<Role>> roles() = 0;
};

}  // namespace gthulhu
