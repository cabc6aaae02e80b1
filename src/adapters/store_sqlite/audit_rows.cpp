// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/audit_rows.h"

namespace gthulhu {

Result<> insert_audit(Database& database, const AuditEntry& entry) {
  Query insert = TRY(database.query(
      "INSERT INTO audit_log (at_ms, user_id, username, from_address, request_id, action, object, "
      "outcome, reason, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return insert.bind(entry.at)
      .bind(entry.user.str())
      .bind(entry.username)
      .bind(entry.from)
      .bind(entry.request_id)
      .bind(entry.action)
      .bind(entry.object)
      .bind(entry.outcome == AuditOutcome::refused)
      .bind(entry.reason)
      .bind(entry.before)
      .bind(entry.after)
      .done();
}

Result<> audited(Connection& connection,
                 const AuditEntry& audit,
                 const std::function<Result<>(Database&)>& work) {
  const MutexLock lock(connection.mutex);
  return connection.database.transaction([&](Database& database) -> Result<> {
    TRY(work(database));
    return insert_audit(database, audit);
  });
}

}  // namespace gthulhu
