// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_accounts.h"

#include <algorithm>

#include "adapters/store_sqlite/audit_rows.h"
#include "adapters/store_sqlite/text_list.h"

namespace gthulhu {
namespace {

// In the order in which they are bound and read.
constexpr std::string_view user_columns =
    "id, username, password_hash, status, roles, token_version, created_ms, updated_ms, revision";

Result<UserStatus> status_of(std::int64_t number) {
  for (const UserStatus status :
       {UserStatus::active, UserStatus::inactive, UserStatus::must_change_password}) {
    if (static_cast<std::int64_t>(status) == number) return status;
  }
  return Error{Errc::corrupt, "unknown status " + std::to_string(number), ""};
}

Result<User> read_user(const Query& row) {
  User user;
  user.id = UserId(row.text(0));
  user.username = row.text(1);
  user.password_hash = row.text(2);
  user.status = TRY(status_of(row.number(3)));
  user.roles = TRY(names_from_column<RoleName>(row.text(4), "roles"));
  user.token_version = row.number(5);
  user.created = row.time(6);
  user.updated = row.time(7);
  user.revision = row.number(8);
  return user;
}

Result<std::optional<User>> first_user(Query rows) {
  if (!TRY(rows.next())) return std::optional<User>{};
  auto user = read_user(rows);
  if (!user) return std::move(user).error().in("read user " + rows.text(0));
  return std::optional(std::move(*user));
}

// The constraint that can break is the one on the name, or else an id that exists.
Result<> name_conflict(Result<> done, std::string_view what, const std::string& name) {
  if (done || done.error().code != Errc::conflict) return done;
  return Error{Errc::conflict, "a " + std::string(what) + " with this name exists already", name};
}

// Errc::not_found when `row` has none, Errc::stale when it is not the one before `next`.
Result<> check_revision(Query row, std::int64_t next, const Error& missing, std::string_view what) {
  if (!TRY(row.next())) return missing;
  if (row.number(0) == next - 1) return {};
  return Error{Errc::stale, std::string(what) + " was changed meanwhile", missing.detail};
}

Error no_such_role(const RoleId& id) {
  return Error{Errc::not_found, "role not found", id.str()};
}

Result<> insert_policies(Database& database, const Role& role) {
  std::int64_t position = 0;
  for (const RolePolicy& policy : role.policies) {
    TRY(
        database.execute("INSERT INTO role_policies (role_id, position, permission_key, self, "
                         "k8s_namespace, policy_namespace) VALUES (?, ?, ?, ?, ?, ?)",
                         role.id.str(), position++, policy.permission_key, policy.self,
                         policy.k8s_namespace, policy.policy_namespace));
  }
  return {};
}

Result<RoleName> name_of(Database& database, const RoleId& id) {
  Query rows = TRY(database.query("SELECT name FROM roles WHERE id = ?"));
  rows.bind(id.str());
  if (!TRY(rows.next())) return no_such_role(id);
  return RoleName(rows.text(0));
}

struct Holder {
  std::string id;
  std::string username;
  std::vector<RoleName> roles;
};

// Users that have the role, by name. Whoever cannot be read has none.
Result<std::vector<Holder>> holders(Database& database, const RoleName& role) {
  std::vector<Holder> found;
  Query rows = TRY(database.query("SELECT id, username, roles FROM users ORDER BY username"));
  while (TRY(rows.next())) {
    auto roles = names_from_column<RoleName>(rows.text(2), "roles");
    if (!roles || std::ranges::find(*roles, role) == roles->end()) continue;
    found.push_back({rows.text(0), rows.text(1), std::move(*roles)});
  }
  return found;
}

Result<> rename_in_users(Database& database, const RoleName& before, const RoleName& after) {
  for (Holder& holder : TRY(holders(database, before))) {
    std::ranges::replace(holder.roles, before, after);
    TRY(database.execute("UPDATE users SET roles = ?, revision = revision + 1 WHERE id = ?",
                         names_to_column(holder.roles), holder.id));
  }
  return {};
}

}  // namespace

Result<std::vector<User>> SqliteAccounts::users() {
  static const std::string sql =
      "SELECT " + std::string(user_columns) + " FROM users ORDER BY username";
  const MutexLock lock(connection_.mutex);
  std::vector<User> users;
  Query rows = TRY(connection_.database.query(sql));
  while (TRY(rows.next())) {
    auto user = read_user(rows);
    if (!user) return std::move(user).error().in("read user " + rows.text(0));
    users.push_back(std::move(*user));
  }
  return users;
}

Result<std::optional<User>> SqliteAccounts::user(const UserId& id) {
  static const std::string sql = "SELECT " + std::string(user_columns) + " FROM users WHERE id = ?";
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query(sql));
  rows.bind(id.str());
  return first_user(std::move(rows));
}

Result<std::optional<User>> SqliteAccounts::user_named(const std::string& username) {
  static const std::string sql =
      "SELECT " + std::string(user_columns) + " FROM users WHERE username = ?";
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query(sql));
  rows.bind(username);
  return first_user(std::move(rows));
}

Result<> SqliteAccounts::add(const User& user, const AuditEntry& audit) {
  static const std::string sql =
      "INSERT INTO users (" + std::string(user_columns) + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    Query insert = TRY(database.query(sql));
    return name_conflict(insert.bind(user.id.str())
                             .bind(user.username)
                             .bind(user.password_hash)
                             .bind(static_cast<std::int64_t>(user.status))
                             .bind(names_to_column(user.roles))
                             .bind(user.token_version)
                             .bind(user.created)
                             .bind(user.updated)
                             .bind(user.revision)
                             .done(),
                         "user", user.username);
  });
}

Result<> SqliteAccounts::replace(const User& user, const AuditEntry& audit) {
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    Query known = TRY(database.query("SELECT revision FROM users WHERE id = ?"));
    known.bind(user.id.str());
    TRY(check_revision(std::move(known), user.revision,
                       Error{Errc::not_found, "no such user", user.id.str()}, "user"));
    Query update = TRY(database.query(
        "UPDATE users SET username = ?, password_hash = ?, status = ?, roles = ?, "
        "token_version = ?, created_ms = ?, updated_ms = ?, revision = ? WHERE id = ?"));
    return name_conflict(update.bind(user.username)
                             .bind(user.password_hash)
                             .bind(static_cast<std::int64_t>(user.status))
                             .bind(names_to_column(user.roles))
                             .bind(user.token_version)
                             .bind(user.created)
                             .bind(user.updated)
                             .bind(user.revision)
                             .bind(user.id.str())
                             .done(),
                         "user", user.username);
  });
}

Result<std::vector<Role>> SqliteAccounts::roles() {
  const MutexLock lock(connection_.mutex);
  std::vector<Role> roles;
  Query rows = TRY(connection_.database.query(
      "SELECT r.id, r.name, r.description, p.permission_key, p.self, p.k8s_namespace, "
      "p.policy_namespace, p.position IS NOT NULL, r.revision FROM roles r "
      "LEFT JOIN role_policies p ON p.role_id = r.id ORDER BY r.rowid, p.position"));
  while (TRY(rows.next())) {
    if (roles.empty() || roles.back().id.str() != rows.text(0)) {
      Role role;
      role.id = RoleId(rows.text(0));
      role.name = RoleName(rows.text(1));
      role.description = rows.text(2);
      role.revision = rows.number(8);
      roles.push_back(std::move(role));
    }
    if (!rows.truth(7)) continue;  // a role without policies is one row of its own
    roles.back().policies.push_back({rows.text(3), rows.truth(4), rows.text(5), rows.text(6)});
  }
  return roles;
}

Result<> SqliteAccounts::add_role(const Role& role, const AuditEntry& audit) {
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    Query insert = TRY(
        database.query("INSERT INTO roles (id, name, description, revision) VALUES (?, ?, ?, ?)"));
    TRY(name_conflict(insert.bind(role.id.str())
                          .bind(role.name.str())
                          .bind(role.description)
                          .bind(role.revision)
                          .done(),
                      "role", role.name.str()));
    return insert_policies(database, role);
  });
}

Result<> SqliteAccounts::replace_role(const Role& role, const AuditEntry& audit) {
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    Query known = TRY(database.query("SELECT revision FROM roles WHERE id = ?"));
    known.bind(role.id.str());
    TRY(check_revision(std::move(known), role.revision, no_such_role(role.id), "role"));
    const RoleName before = TRY(name_of(database, role.id));
    Query update = TRY(
        database.query("UPDATE roles SET name = ?, description = ?, revision = ? WHERE id = ?"));
    TRY(name_conflict(update.bind(role.name.str())
                          .bind(role.description)
                          .bind(role.revision)
                          .bind(role.id.str())
                          .done(),
                      "role", role.name.str()));
    if (before != role.name) TRY(rename_in_users(database, before, role.name));
    TRY(database.execute("DELETE FROM role_policies WHERE role_id = ?", role.id.str()));
    return insert_policies(database, role);
  });
}

Result<> SqliteAccounts::erase_role(const RoleId& id, const AuditEntry& audit) {
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    std::string names;
    const RoleName name = TRY(name_of(database, id));
    for (const Holder& holder : TRY(holders(database, name))) {
      names += (names.empty() ? "" : ", ") + holder.username;
    }
    if (!names.empty()) return Error{Errc::conflict, "role is in use by: " + names, id.str()};
    return database.execute("DELETE FROM roles WHERE id = ?", id.str());
  });
}

}  // namespace gthulhu
