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

  // Adds the user or replaces the one with his id.
  void put(User user);
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

  // The functions of AccountStore that change something: into the store first, then into what
  // everybody sees.
  class Writer {
   public:
    Writer(AccountStore& store, AccountView& view) : store_(store), view_(view) {}

    Result<> add(const User& user, const AuditEntry& audit);
    Result<> replace(const User& user, const AuditEntry& audit);
    Result<> add_role(const Role& role, const AuditEntry& audit);
    Result<> replace_role(const Role& role, const AuditEntry& audit);
    Result<> erase_role(const RoleId& id, const AuditEntry& audit);

   private:
    AccountStore& store_;
    AccountView& view_;
  };

  // One change at a time: `change` sees what is true now and writes. It runs a second time when
  // another program was quicker (Errc::stale).
  using Change = std::function<Result<>(const AccountView& now, Writer& store)>;
  Result<> write(const Change& change);

 private:
  Result<> try_write(const Change& change);
  Result<> reload();
  void publish(View view);

  AccountStore& store_;
  Mutex order_;  // held while the store is written
  mutable Mutex mutex_;
  View view_ GUARDED_BY(mutex_) = std::make_shared<const AccountView>();
};

}  // namespace gthulhu
