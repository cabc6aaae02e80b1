// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/migrations.h"

#include "base/check.h"
#include "base/digest.h"

namespace gthulhu {
namespace {

// Times are milliseconds since 1970. Lists are JSON texts: nobody searches in them.
// The keys of the role `admin` stand in the order of contract 3.3.
constexpr std::string_view first_schema = R"sql(
CREATE TABLE strategies (
  id TEXT PRIMARY KEY,
  strategy_namespace TEXT NOT NULL,
  selector TEXT NOT NULL,      -- [{"key","operator","values"}]
  namespaces TEXT NOT NULL,    -- [text]
  cgroup_paths TEXT NOT NULL,  -- [text]
  command_regex TEXT NOT NULL,
  priority INTEGER NOT NULL,
  slice_ns INTEGER NOT NULL,
  clamped INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  creator TEXT NOT NULL,
  updater TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  roles TEXT NOT NULL,  -- [name]
  token_version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL
) STRICT;

CREATE TABLE role_policies (
  role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  permission_key TEXT NOT NULL,
  self INTEGER NOT NULL,
  k8s_namespace TEXT NOT NULL,
  policy_namespace TEXT NOT NULL,
  PRIMARY KEY (role_id, position)
) STRICT;

CREATE TABLE keys (
  name TEXT PRIMARY KEY,
  pem TEXT NOT NULL
) STRICT;

INSERT INTO roles VALUES
  ('000000000000000000000001', 'admin', 'Administrator role with all permissions');
INSERT INTO role_policies
  SELECT '000000000000000000000001', column1, column2, 0, '', '' FROM (VALUES
    (0, 'user.create'),
    (1, 'user.read'),
    (2, 'user.permission.update'),
    (3, 'user.password.reset'),
    (4, 'role.create'),
    (5, 'role.read'),
    (6, 'role.update'),
    (7, 'role.delete'),
    (8, 'permission.read'),
    (9, 'schedule_strategy.create'),
    (10, 'schedule_strategy.read'),
    (11, 'schedule_strategy.delete'),
    (12, 'schedule_intent.read'),
    (13, 'schedule_intent.delete'),
    (14, 'pod_pid_mapping.read'),
    (15, 'schedule_strategy.update'),
    (16, 'pod_scheduling_metrics.create'),
    (17, 'pod_scheduling_metrics.read'),
    (18, 'pod_scheduling_metrics.update'),
    (19, 'pod_scheduling_metrics.delete'),
    (20, 'scheduler_config.read'),
    (21, 'scheduler_config.update'),
    (22, 'node_scheduling_policy.create'),
    (23, 'node_scheduling_policy.read'),
    (24, 'node_scheduling_policy.update'),
    (25, 'node_scheduling_policy.delete'),
    (26, 'node_scheduling_intent.read'),
    (27, 'node_scheduling_intent.delete'));
)sql";

// What is recorded, from version 1 on.
Result<std::vector<std::string>> recorded_checksums(Database& database) {
  TRY(database.run(
      "CREATE TABLE IF NOT EXISTS gthulhu_migrations ("
      "version INTEGER PRIMARY KEY, applied_ms INTEGER NOT NULL, checksum TEXT NOT NULL"
      ") STRICT"));
  std::vector<std::string> checksums;
  Query rows =
      TRY(database.query("SELECT version, checksum FROM gthulhu_migrations ORDER BY version"));
  while (TRY(rows.next())) {
    checksums.push_back(rows.text(1));
    if (rows.number(0) != static_cast<std::int64_t>(checksums.size())) {
      return Error{Errc::corrupt, "the store's list of migrations has a gap", ""};
    }
  }
  return checksums;
}

}  // namespace

std::vector<Migration> migrations() {
  return {{1, std::string(first_schema)}};
}

Result<> migrate(Database& database, std::span<const Migration> steps, TimePoint now) {
  const std::vector<std::string> recorded = TRY(recorded_checksums(database));
  if (recorded.size() > steps.size()) {
    return Error{Errc::unsupported,
                 "the store was written by a newer gthulhu (schema " +
                     std::to_string(recorded.size()) + ", this program knows " +
                     std::to_string(steps.size()) +
                     "): start that version again, or restore a copy from before it",
                 ""};
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Migration& step = steps[i];
    CHECK(step.version == static_cast<int>(i) + 1);
    const std::string checksum = sha256(step.sql).hex();
    if (i < recorded.size()) {
      if (recorded[i] == checksum) continue;
      return Error{
          Errc::corrupt,
          "the store's schema " + std::to_string(step.version) + " is not the one of this program",
          ""};
    }
    auto done = database.transaction([&]() -> Result<> {
      TRY(database.run(step.sql));
      return TRY(database.query("INSERT INTO gthulhu_migrations VALUES (?, ?, ?)"))
          .bind(std::int64_t{step.version})
          .bind(now.time_since_epoch().count())
          .bind(checksum)
          .done();
    });
    if (!done) return std::move(done).error().in("migration " + std::to_string(step.version));
  }
  return {};
}

}  // namespace gthulhu
