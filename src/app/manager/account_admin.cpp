// SPDX-License-Identifier: Apache-2.0
#include "app/manager/account_admin.h"

#include <algorithm>
#include <span>
#include <utility>

#include "app/manager/user_change.h"
#include "core/access/account_rules.h"
#include "core/access/grants.h"
#include "core/access/password_rules.h"
#include "core/model/object_id.h"

namespace gthulhu {

namespace {

std::string object_of(const UserId& id) {
  return "user/" + id.str();
}
std::string object_of(const RoleId& id) {
  return "role/" + id.str();
}

Error forbidden() {
  return Error{Errc::forbidden, "forbidden", ""};
}
Error no_user(const UserId& id) {
  return Error{Errc::unauthenticated, "user not found", id.str()};
}
Error no_role(const RoleId& id) {
  return Error{Errc::not_found, "role not found", id.str()};
}

// Roles, and users that do not exist yet, are nobody's own: `self` covers none of them.
bool covers_others(const Session& session) {
  return session.scope.covers_user(UserId());
}

// Those of `wanted` that `before` does not have already.
std::vector<RolePolicy> added(const std::vector<RolePolicy>& wanted,
                              const std::vector<RolePolicy>& before) {
  std::vector<RolePolicy> fresh;
  std::ranges::copy_if(wanted, std::back_inserter(fresh),
                       [&](const RolePolicy& policy) { return !holds(before, policy); });
  return fresh;
}

// The roles of these names, each once.
Result<std::vector<RoleName>> known_roles(const std::vector<RoleName>& wanted,
                                          const AccountView& now) {
  std::vector<RoleName> names;
  for (const RoleName& name : wanted) {
    if (now.role_named(name) == nullptr) {
      return Error{Errc::invalid_argument, "Some roles not found", name.str()};
    }
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<RolePolicy> AccountAdmin::held_by(const Session& session, const AccountView& now) {
  // As it is now, not as it was when the request came in.
  const User* caller = now.user(session.user.id);
  return caller == nullptr ? std::vector<RolePolicy>{} : policies_of(*caller, now.roles);
}

Result<UserId> AccountAdmin::create_user(const Session& session,
                                         std::string username,
                                         std::string_view password) {
  if (!covers_others(session)) return forbidden();
  TRY(check_username(username));
  TRY(check_new_password(password, "password"));
  User user;
  const TimePoint now = parts_.clock.now();
  user.id = UserId(new_object_id(now, parts_.random));
  user.username = std::move(username);
  user.password_hash = TRY(parts_.passwords.hash(password));
  user.status = UserStatus::must_change_password;
  user.created = user.updated = now;
  AuditEntry audit = audit_entry(session, "user.create", object_of(user.id), now);
  audit.after = parts_.texts.user(user);
  TRY(parts_.directory.write(
      [&](const AccountView&, AccountDirectory::Writer& store) { return store.add(user, audit); }));
  return user.id;
}

std::vector<User> AccountAdmin::users(const Session& session) const {
  std::vector<User> users = parts_.directory.view()->all_users();
  std::erase_if(users, [&](const User& user) { return !session.scope.covers_user(user.id); });
  return users;
}

Result<> AccountAdmin::change_user(const Session& session,
                                   const AccountView& now,
                                   AccountDirectory::Writer& store,
                                   const User& before,
                                   User after,
                                   std::string_view action) const {
  const std::vector<User> users = now.all_users();
  std::vector<User> changed = users;
  *std::ranges::find(changed, after.id, &User::id) = after;
  TRY(check_administrator_stays(users, now.roles, changed, now.roles));
  return replace_user(store, parts_.texts, session, before, std::move(after), action,
                      parts_.clock.now());
}

Result<> AccountAdmin::reset_password(const Session& session,
                                      const UserId& id,
                                      std::string_view new_password) {
  if (!session.scope.covers_user(id)) return forbidden();
  TRY(check_new_password(new_password, "newPassword"));
  if (parts_.directory.view()->user(id) == nullptr) return no_user(id);
  const std::string hash = TRY(parts_.passwords.hash(new_password));
  TRY(parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        const User* before = now.user(id);
        if (before == nullptr) return no_user(id);
        TRY(check_may_change(*before, policies_of(*before, now.roles), held_by(session, now)));
        User after = *before;
        after.password_hash = hash;
        if (after.status != UserStatus::inactive) after.status = UserStatus::must_change_password;
        ++after.token_version;
        return change_user(session, now, store, *before, std::move(after), "user.password.reset");
      }));
  end_sessions(parts_.sessions, id);
  return {};
}

Result<> AccountAdmin::update_user(const Session& session,
                                   const UserId& id,
                                   const std::optional<std::vector<RoleName>>& roles,
                                   std::optional<UserStatus> status) {
  if (!session.scope.covers_user(id)) return forbidden();
  bool is_revoked = false;
  TRY(parts_.directory.write([&](const AccountView& now,
                                 AccountDirectory::Writer& store) -> Result<> {
    const User* before = now.user(id);
    if (before == nullptr) return no_user(id);
    const std::vector<RolePolicy> held = held_by(session, now);
    const std::vector<RolePolicy> had = policies_of(*before, now.roles);
    TRY(check_may_change(*before, had, held));
    User after = *before;
    if (roles) after.roles = TRY(known_roles(*roles, now));
    if (status) after.status = *status;
    TRY(check_grant(added(policies_of(after, now.roles), had), held));
    is_revoked = after.status == UserStatus::inactive && before->status != UserStatus::inactive;
    if (is_revoked) ++after.token_version;
    return change_user(session, now, store, *before, std::move(after), "user.permissions.update");
  }));
  if (is_revoked) end_sessions(parts_.sessions, id);
  return {};
}

std::vector<Role> AccountAdmin::roles(const Session& session) const {
  std::vector<Role> roles = parts_.directory.view()->roles;
  if (covers_others(session)) return roles;
  const std::vector<RoleName>& own = session.user.roles;
  std::erase_if(roles,
                [&](const Role& role) { return std::ranges::find(own, role.name) == own.end(); });
  return roles;
}

Result<RoleId> AccountAdmin::create_role(const Session& session, Role draft) {
  if (!covers_others(session)) return forbidden();
  TRY(check_role_texts(draft));
  TRY(check_policies(draft.policies, "rolePolicies"));
  const TimePoint time = parts_.clock.now();
  draft.id = RoleId(new_object_id(time, parts_.random));
  draft.revision = 1;
  TRY(parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        TRY(check_grant(draft.policies, held_by(session, now)));
        AuditEntry audit = audit_entry(session, "role.create", object_of(draft.id), time);
        audit.after = parts_.texts.role(draft);
        return store.add_role(draft, audit);
      }));
  return draft.id;
}

Result<> AccountAdmin::update_role(const Session& session,
                                   const RoleId& id,
                                   const RoleChange& change) {
  if (!covers_others(session)) return forbidden();
  return parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        const Role* before = now.role(id);
        if (before == nullptr) return no_role(id);
        Role after = *before;
        if (change.name) after.name = RoleName(*change.name);
        if (change.description) after.description = *change.description;
        if (change.policies) after.policies = *change.policies;
        TRY(check_role_texts(after));
        if (change.policies) TRY(check_policies(after.policies, "rolePolicy"));
        const std::vector<RolePolicy> held = held_by(session, now);
        TRY(check_may_change(*before, held));
        TRY(check_grant(added(policies_of(after), policies_of(*before)), held));
        std::vector<Role> roles = now.roles;
        *std::ranges::find(roles, id, &Role::id) = after;
        std::vector<User> users = now.all_users();
        for (User& user : users) std::ranges::replace(user.roles, before->name, after.name);
        TRY(check_administrator_stays(now.all_users(), now.roles, users, roles));
        ++after.revision;
        AuditEntry audit = audit_entry(session, "role.update", object_of(id), parts_.clock.now());
        audit.before = parts_.texts.role(*before);
        audit.after = parts_.texts.role(after);
        return store.replace_role(after, audit);
      });
}

Result<> AccountAdmin::erase_role(const Session& session, const RoleId& id) {
  if (!covers_others(session)) return forbidden();
  return parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        const Role* before = now.role(id);
        if (before == nullptr) return no_role(id);
        TRY(check_may_change(*before, held_by(session, now)));
        AuditEntry audit = audit_entry(session, "role.delete", object_of(id), parts_.clock.now());
        audit.before = parts_.texts.role(*before);
        return store.erase_role(id, audit);
      });
}

}  // namespace gthulhu
