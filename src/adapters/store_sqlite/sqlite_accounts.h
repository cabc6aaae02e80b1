// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/account_store.h"

namespace gthulhu {

// `connection` must outlive it. Errc::corrupt for a user that no program of ours wrote.
class SqliteAccounts : public AccountStore {
 public:
  explicit SqliteAccounts(Connection& connection) : connection_(connection) {}

  Result<std::optional<User>> user(const UserId& id) override;
  Result<std::optional<User>> user_named(const std::string& username) override;
  Result<> add(const User& user, const AuditEntry& audit) override;
  Result<> replace(const User& user, const AuditEntry& audit) override;
  Result<std::vector<Role>> roles() override;

  Result<std::vector<User>> users() override;
  Result<> add_role(const Role& role, const AuditEntry& audit) override;
  Result<> replace_role(const Role& role, const AuditEntry& audit) override;
  Result<> erase_role(const RoleId& id, const AuditEntry& audit) override;

 private:
  Connection& connection_;
};

}  // namespace gthulhu
