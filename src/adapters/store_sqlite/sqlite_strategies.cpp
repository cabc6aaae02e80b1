// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_strategies.h"

#include "adapters/store_sqlite/audit_rows.h"
#include "adapters/store_sqlite/strategy_rows.h"

namespace gthulhu {
namespace {

// Of the strategy that is there or of its deletion; 0 for an id that was never used.
Result<std::int64_t> last_revision(Database& database, const StrategyId& id) {
  Query rows =
      TRY(database.query("SELECT max(revision) FROM (SELECT revision FROM strategies WHERE id = ?1 "
                         "UNION ALL SELECT revision FROM strategy_revisions WHERE id = ?1)"));
  rows.bind(id.str());
  TRY(rows.next());
  return rows.number(0);
}

// Writes the stored strategy down as a revision. Changes no row when there is no such strategy.
Result<> keep_revision(Database& database,
                       const StrategyId& id,
                       std::int64_t revision,
                       TimePoint at,
                       const UserId& by,
                       bool deleted) {
  static const std::string sql =
      "INSERT INTO strategy_revisions (revision, changed_ms, changed_by, deleted, " +
      std::string(strategy_columns) + ") SELECT ?, ?, ?, ?, " + std::string(strategy_columns) +
      " FROM strategies WHERE id = ?";
  return database.execute(sql, revision, at, by.str(), deleted, id.str());
}

}  // namespace

Result<StoredStrategies> SqliteStrategies::strategies() {
  static const std::string sql = "SELECT " + std::string(strategy_columns) +
                                 ", revision FROM strategies ORDER BY created_ms, id";
  const MutexLock lock(connection_.mutex);
  StoredStrategies stored;
  Query rows = TRY(connection_.database.query(sql));
  while (TRY(rows.next())) {
    auto strategy = read_strategy(rows);
    if (strategy) {
      stored.strategies.push_back(std::move(*strategy));
    } else {
      stored.unreadable.push_back("strategy " + rows.text(0) + ": " + strategy.error().text());
    }
  }
  return stored;
}

Result<> SqliteStrategies::put(const Strategy& strategy, const AuditEntry& audit) {
  static const std::string sql =
      "INSERT OR REPLACE INTO strategies (" + std::string(strategy_columns) +
      ", revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)";
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    if (TRY(last_revision(database, strategy.id)) != strategy.revision - 1) {
      return Error{Errc::stale, "strategy was changed meanwhile", strategy.id.str()};
    }
    Query upsert = TRY(database.query(sql));
    bind_strategy(upsert, strategy);
    TRY(upsert.done());
    return keep_revision(database, strategy.id, strategy.revision, strategy.updated,
                         strategy.updater, false);
  });
}

Result<> SqliteStrategies::erase(const StrategyId& id, const AuditEntry& audit) {
  return audited(connection_, audit, [&](Database& database) -> Result<> {
    const std::int64_t revision = TRY(last_revision(database, id)) + 1;
    TRY(keep_revision(database, id, revision, audit.at, audit.user, true));
    if (database.changed_rows() == 0) {
      return Error{Errc::not_found, "no such strategy", id.str()};
    }
    return database.execute("DELETE FROM strategies WHERE id = ?", id.str());
  });
}

Result<std::vector<StrategyRevision>> SqliteStrategies::revisions(const StrategyId& id) {
  static const std::string sql = "SELECT " + std::string(strategy_columns) +
                                 ", revision, changed_ms, changed_by, deleted "
                                 "FROM strategy_revisions WHERE id = ? ORDER BY revision";
  const MutexLock lock(connection_.mutex);
  std::vector<StrategyRevision> revisions;
  Query rows = TRY(connection_.database.query(sql));
  rows.bind(id.str());
  while (TRY(rows.next())) {
    StrategyRevision revision;
    revision.revision = rows.number(strategy_column_count);
    revision.at = rows.time(strategy_column_count + 1);
    revision.by = UserId(rows.text(strategy_column_count + 2));
    if (!rows.truth(strategy_column_count + 3)) {
      auto strategy = read_strategy(rows);
      if (strategy) {
        revision.strategy = std::move(*strategy);
      } else {
        revision.unreadable = strategy.error().text();
      }
    }
    revisions.push_back(std::move(revision));
  }
  return revisions;
}

}  // namespace gthulhu
