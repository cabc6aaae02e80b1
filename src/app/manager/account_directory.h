// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/ports/account_store.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// All users and roles at one moment; immutable once published.
struct AccountView {
  std::map<UserId, User> users;
  std::map<std::string, UserId, std::less<>> names;
  std::vector<Role> roles;  // in the order of their making

  // Null when there is none.
  [[nodiscard]] const User* user(const UserId& id) const;
  [[nodiscard]] const User* user_named(std::string_view name) const;
  [[nodiscard]] const Role* role(const RoleId& id) const;
  [[nodiscard]] const Role* role_named(const RoleName& name) const;
  [[nodiscard]] std::vector<User> all_users() const;  // by username
};

// Users and roles in memory, so that no request waits for the store to know who is asking. This is
// the only writer of the store.
//
// Threads: all functions from anywhere; those that write wait for the disk.
class AccountDirectory {
 public:
  using View = std::shared_ptr<const AccountView>;

  // The store outlives this.
  explicit AccountDirectory(AccountStore& store) : store_(store) {}

  // Reads everything, once, at start.
  Result<> load();

  [[nodiscard]] View view() const;

  // One change at a time: `change` sees what is true now and writes into the store; when it
  // succeeds, everybody sees what is stored then.
  using Change = std::function<Result<>(const AccountView& now, AccountStore& store)>;
  Result<> write(const Change& change);

 private:
  Result<> reload();

  AccountStore& store_;
  Mutex order_;  // held while the store is written
  mutable Mutex mutex_;
  View view_ GUARDED_BY(mutex_) = std::make_shared<const AccountView>();
};

}  // namespace gthulhu
