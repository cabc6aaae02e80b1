// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_audit.h"

#include <thread>

#include "adapters/store_sqlite/audit_rows.h"

namespace gthulhu {
namespace {

// '/' comes after '.': all that begins with the group and a dot.
constexpr std::string_view in_group = " AND action >= ? || '.' AND action < ? || '/'";

// "strategy.update", not the group "strategy". Equality alone keeps the order of the index.
bool is_whole(std::string_view action) {
  return action.find('.') != std::string_view::npos;
}

// The conditions of a query without its page, in the order in which bind_conditions() binds.
std::string conditions(const AuditQuery& query) {
  std::string sql = "TRUE";
  if (!query.user.empty()) sql += " AND username = ?";
  if (!query.action.empty()) sql += is_whole(query.action) ? " AND action = ?" : in_group;
  if (!query.object.empty()) sql += " AND object = ?";
  if (query.outcome) sql += " AND outcome = ?";
  if (query.from) sql += " AND at_ms >= ?";
  if (query.to) sql += " AND at_ms < ?";
  return sql;
}

void bind_conditions(Query& rows, const AuditQuery& query) {
  if (!query.user.empty()) rows.bind(query.user);
  if (!query.action.empty()) {
    rows.bind(query.action);
    if (!is_whole(query.action)) rows.bind(query.action);
  }
  if (!query.object.empty()) rows.bind(query.object);
  if (query.outcome) rows.bind(*query.outcome == AuditOutcome::refused);
  if (query.from) rows.bind(*query.from);
  if (query.to) rows.bind(*query.to);
}

AuditEntry read_entry(const Query& row) {
  AuditEntry entry;
  entry.sequence = row.number(0);
  entry.at = row.time(1);
  entry.user = UserId(row.text(2));
  entry.username = row.text(3);
  entry.from = row.text(4);
  entry.request_id = row.text(5);
  entry.action = row.text(6);
  entry.object = row.text(7);
  entry.outcome = row.truth(8) ? AuditOutcome::refused : AuditOutcome::done;
  entry.reason = row.text(9);
  entry.before = row.text(10);
  entry.after = row.text(11);
  return entry;
}

}  // namespace

Result<> SqliteAudit::append(std::span<const AuditEntry> entries) {
  const MutexLock lock(writer_.mutex);
  return writer_.database.transaction([&](Database& database) -> Result<> {
    for (const AuditEntry& entry : entries) TRY(insert_audit(database, entry));
    return {};
  });
}

Result<AuditPage> SqliteAudit::entries(const AuditQuery& query) {
  const std::string wanted = conditions(query);
  const MutexLock lock(reader_.mutex);
  AuditPage page;
  Query count = TRY(reader_.database.query("SELECT count(*) FROM audit_log WHERE " + wanted));
  bind_conditions(count, query);
  TRY(count.next());
  page.total = static_cast<std::size_t>(count.number(0));

  // The page's numbers first: sorting whole entries of a busy action takes ten times as long.
  Query rows = TRY(reader_.database.query(
      "SELECT sequence, at_ms, user_id, username, from_address, request_id, action, object, "
      "outcome, reason, before, after FROM audit_log WHERE sequence IN ("
      "SELECT sequence FROM audit_log WHERE " +
      wanted + (query.before_sequence ? " AND sequence < ?" : "") +
      " ORDER BY sequence DESC LIMIT ?) ORDER BY sequence DESC"));
  bind_conditions(rows, query);
  if (query.before_sequence) rows.bind(*query.before_sequence);
  rows.bind(static_cast<std::int64_t>(query.limit));
  while (TRY(rows.next())) page.entries.push_back(read_entry(rows));
  return page;
}

Result<> SqliteAudit::forget(TimePoint before) {
  constexpr std::int64_t step = 1000;  // rows; tens of milliseconds
  while (true) {
    {
      const MutexLock lock(writer_.mutex);
      TRY(writer_.database.execute(
          "DELETE FROM audit_log WHERE sequence IN ("
          "SELECT sequence FROM audit_log WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
          before, step));
      if (writer_.database.changed_rows() < step) return {};
    }
    // Whoever waits for the mutex gets it now: it is not given out in order.
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace gthulhu
