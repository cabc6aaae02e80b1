// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/name.h"

namespace gthulhu {

using UserId = Name<struct UserIdTag>;  // 24 lower-case hex digits
using RoleName = Name<struct RoleNameTag>;

// Numbers as stored and sent (contract 1.5).
enum class UserStatus : std::uint8_t { active = 1, inactive = 2, must_change_password = 3 };

struct User {
  UserId id;
  std::string username;
  std::string password_hash;  // $argon2id$v=19$…, see app/ports/passwords.h
  UserStatus status = UserStatus::active;
  std::vector<RoleName> roles;
  std::int64_t token_version = 0;  // a token with another number is revoked
  std::int64_t revision = 1;       // one more with every change
  TimePoint created;
  TimePoint updated;

  bool operator==(const User&) const = default;
};

}  // namespace gthulhu
