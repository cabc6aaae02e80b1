// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/manager/account_directory.h"
#include "app/manager/audit_texts.h"
#include "app/manager/session.h"
#include "app/ports/passwords.h"
#include "app/ports/session_store.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// What administrators do to users and roles. Nobody gives what he does not hold, changes somebody
// or something that may do more than he, or takes the last administrator away (core/access/grants).
//
// create_user() and reset_password() hash: call them on a worker of their own. Threads: all
// functions from anywhere; those that write wait for the disk.
class AccountAdmin {
 public:
  // All outlive this; the texts are copied.
  struct Parts {
    const Clock& clock;
    Random& random;
    AccountDirectory& directory;
    SessionStore& sessions;
    Passwords& passwords;
    AuditTexts texts;
  };
  explicit AccountAdmin(Parts parts) : parts_(std::move(parts)) {}

  // A user without roles, who must change his password. Errc::conflict when the name is taken.
  Result<UserId> create_user(const Session& session,
                             std::string username,
                             std::string_view password);
  // By username; those that the session may see.
  [[nodiscard]] std::vector<User> users(const Session& session) const;
  // Errc::unauthenticated, as the contract has it, when there is no such user.
  Result<> reset_password(const Session& session, const UserId& id, std::string_view new_password);
  // What is nothing stays.
  Result<> update_user(const Session& session,
                       const UserId& id,
                       const std::optional<std::vector<RoleName>>& roles,
                       std::optional<UserStatus> status);

  // All of them; his own roles for whoever may read no others.
  [[nodiscard]] std::vector<Role> roles(const Session& session) const;
  Result<RoleId> create_role(const Session& session, Role draft);
  // What is nothing stays. Errc::not_found when there is no such role.
  struct RoleChange {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<std::vector<RolePolicy>> policies;
  };
  Result<> update_role(const Session& session, const RoleId& id, const RoleChange& change);
  // Errc::conflict when users have it, which the message names.
  Result<> erase_role(const Session& session, const RoleId& id);

 private:
  // Everything that the caller holds.
  static std::vector<RolePolicy> held_by(const Session& session, const AccountView& now);
  Result<> change_user(const Session& session,
                       const AccountView& now,
                       AccountDirectory::Writer& store,
                       const User& before,
                       User after,
                       std::string_view action) const;

  Parts parts_;
};

}  // namespace gthulhu
