// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/model/account.h"
#include "core/model/audit.h"
#include "core/model/role.h"

namespace gthulhu {

// Durable users and roles. A function that returns success has its change on disk, and `audit` with
// it in the same transaction.
//
// What is replaced is taken with the next revision: the stored one must be one less, else
// Errc::stale (somebody else was quicker), also when the new name is taken.
//
// Threads: all functions from anywhere.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual Result<std::vector<User>> users() = 0;  // by username
  virtual Result<std::optional<User>> user(const UserId& id) = 0;
  virtual Result<std::optional<User>> user_named(const std::string& username) = 0;
  // Errc::conflict when the name is taken.
  virtual Result<> add(const User& user, const AuditEntry& audit) = 0;
  // Errc::not_found when there is no such user, Errc::conflict when the name is taken.
  virtual Result<> replace(const User& user, const AuditEntry& audit) = 0;

  virtual Result<std::vector<Role>> roles() = 0;  // in the order of their making
  // Errc::conflict when the name is taken.
  virtual Result<> add_role(const Role& role, const AuditEntry& audit) = 0;
  // A new name is put into the users that have the role, whose revision is then one more: whoever
  // read them before would write the old name back. Errc::not_found, Errc::conflict as above.
  virtual Result<> replace_role(const Role& role, const AuditEntry& audit) = 0;
  // Errc::conflict when users have it, which the message names; Errc::not_found when there is none.
  virtual Result<> erase_role(const RoleId& id, const AuditEntry& audit) = 0;
};

}  // namespace gthulhu
