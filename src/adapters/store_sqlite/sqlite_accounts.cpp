// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_accounts.h"

#include "adapters/store_sqlite/text_list.h"

namespace gthulhu {
namespace {

std::int64_t milliseconds(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint time_of(std::int64_t milliseconds) {
  return TimePoint{std::chrono::milliseconds{milliseconds}};
}

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
  user.created = time_of(row.number(6));
  user.updated = time_of(row.number(7));
  return user;
}

Result<std::optional<User>> first_user(Query rows) {
  if (!TRY(rows.next())) return std::optional<User>{};
  auto user = read_user(rows);
  if (!user) return std::move(user).error().in("read user " + rows.text(0));
  return std::optional(std::move(*user));
}

// The constraint that can break is the one on the name, or else an id that exists.
Result<> name_conflict(Result<> done, const User& user) {
  if (done || done.error().code != Errc::conflict) return done;
  return Error{Errc::conflict, "a user with this name exists already", user.username};
}

}  // namespace

Result<std::optional<User>> SqliteAccounts::user(const UserId& id) {
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query(
      "SELECT id, username, password_hash, status, roles, token_version, created_ms, updated_ms "
      "FROM users WHERE id = ?"));
  rows.bind(id.str());
  return first_user(std::move(rows));
}

Result<std::optional<User>> SqliteAccounts::user_named(const std::string& username) {
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query(
      "SELECT id, username, password_hash, status, roles, token_version, created_ms, updated_ms "
      "FROM users WHERE username = ?"));
  rows.bind(username);
  return first_user(std::move(rows));
}

Result<> SqliteAccounts::add(const User& user, const AuditEntry& /*audit*/) {
  const MutexLock lock(connection_.mutex);
  Query insert = TRY(connection_.database.query(
      "INSERT INTO users (id, username, password_hash, status, roles, token_version, created_ms, "
      "updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  return name_conflict(insert.bind(user.id.str())
                           .bind(user.username)
                           .bind(user.password_hash)
                           .bind(static_cast<std::int64_t>(user.status))
                           .bind(names_to_column(user.roles))
                           .bind(user.token_version)
                           .bind(milliseconds(user.created))
                           .bind(milliseconds(user.updated))
                           .done(),
                       user);
}

Result<> SqliteAccounts::replace(const User& user, const AuditEntry& /*audit*/) {
  const MutexLock lock(connection_.mutex);
  Query update = TRY(connection_.database.query(
      "UPDATE users SET username = ?, password_hash = ?, status = ?, roles = ?, token_version = ?, "
      "created_ms = ?, updated_ms = ? WHERE id = ?"));
  TRY(name_conflict(update.bind(user.username)
                        .bind(user.password_hash)
                        .bind(static_cast<std::int64_t>(user.status))
                        .bind(names_to_column(user.roles))
                        .bind(user.token_version)
                        .bind(milliseconds(user.created))
                        .bind(milliseconds(user.updated))
                        .bind(user.id.str())
                        .done(),
                    user));
  if (connection_.database.changed_rows() == 0) {
    return Error{Errc::not_found, "no such user", user.id.str()};
  }
  return {};
}

Result<std::vector<Role>> SqliteAccounts::roles() {
  const MutexLock lock(connection_.mutex);
  std::vector<Role> roles;
  Query rows = TRY(connection_.database.query(
      "SELECT r.id, r.name, r.description, p.permission_key, p.self, p.k8s_namespace, "
      "p.policy_namespace, p.position IS NOT NULL FROM roles r "
      "LEFT JOIN role_policies p ON p.role_id = r.id ORDER BY r.id, p.position"));
  while (TRY(rows.next())) {
    if (roles.empty() || roles.back().id.str() != rows.text(0)) {
      Role role;
      role.id = RoleId(rows.text(0));
      role.name = RoleName(rows.text(1));
      role.description = rows.text(2);
      roles.push_back(std::move(role));
    }
    if (rows.number(7) == 0) continue;  // a role without policies is one row of its own
    roles.back().policies.push_back(
        {rows.text(3), rows.number(4) != 0, rows.text(5), rows.text(6)});
  }
  return roles;
}

Result<std::vector<User>> SqliteAccounts::users() {
  return Error{Errc::unsupported, "not in the file yet", ""};
}
Result<> SqliteAccounts::add_role(const Role&, const AuditEntry&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}
Result<> SqliteAccounts::replace_role(const Role&, const AuditEntry&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}
Result<> SqliteAccounts::erase_role(const RoleId&, const AuditEntry&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}

}  // namespace gthulhu
