// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_sessions.h"

#include "base/check.h"

namespace gthulhu {
namespace {

Result<> insert(Database& database, const RefreshSession& session) {
  return database.execute(
      "INSERT INTO refresh_sessions (id, family, user_id, token_hash, created_ms, "
      "expires_ms, replaced_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
      session.id.str(), session.family.str(), session.user.str(), session.token_hash,
      session.created, session.expires, session.replaced);
}

// Leaves the user's family `newest` and, of his others, those that were refreshed last.
Result<> end_oldest_families(Database& database,
                             const UserId& user,
                             const FamilyId& newest,
                             std::size_t others_max) {
  return database.execute(
      "DELETE FROM refresh_sessions WHERE user_id = ?1 AND family IN ("
      "SELECT family FROM refresh_sessions WHERE user_id = ?1 AND family <> ?2 "
      "GROUP BY family ORDER BY max(created_ms) DESC, family DESC LIMIT -1 OFFSET ?3)",
      user.str(), newest.str(), static_cast<std::int64_t>(others_max));
}

}  // namespace

Result<std::optional<RefreshSession>> SqliteSessions::session(const SessionId& id) {
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query(
      "SELECT family, user_id, token_hash, created_ms, expires_ms, replaced_ms "
      "FROM refresh_sessions WHERE id = ?"));
  rows.bind(id.str());
  if (!TRY(rows.next())) return std::optional<RefreshSession>{};
  RefreshSession session;
  session.id = id;
  session.family = FamilyId(rows.text(0));
  session.user = UserId(rows.text(1));
  session.token_hash = rows.text(2);
  session.created = rows.time(3);
  session.expires = rows.time(4);
  session.replaced = rows.optional_time(5);
  return std::optional(std::move(session));
}

Result<> SqliteSessions::begin_family(const RefreshSession& session, std::size_t families_max) {
  CHECK(families_max >= 1);
  const MutexLock lock(connection_.mutex);
  return connection_.database.transaction([&](Database& database) -> Result<> {
    TRY(database.execute("DELETE FROM refresh_sessions WHERE expires_ms <= ?", session.created));
    TRY(insert(database, session));
    return end_oldest_families(database, session.user, session.family, families_max - 1);
  });
}

Result<> SqliteSessions::replace_session(const SessionId& id, const RefreshSession& next) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.transaction([&](Database& database) -> Result<> {
    TRY(
        database.execute("UPDATE refresh_sessions SET replaced_ms = ifnull(replaced_ms, ?) "
                         "WHERE id = ?",
                         next.created, id.str()));
    if (database.changed_rows() == 0) {
      return Error{Errc::not_found, "no such session", id.str()};
    }
    return insert(database, next);
  });
}

Result<> SqliteSessions::end_family(const FamilyId& family) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute("DELETE FROM refresh_sessions WHERE family = ?",
                                      family.str());
}

Result<> SqliteSessions::end_sessions_of(const UserId& user) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute("DELETE FROM refresh_sessions WHERE user_id = ?", user.str());
}

}  // namespace gthulhu
