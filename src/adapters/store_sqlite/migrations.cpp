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

// Revisions, sessions and the audit log. A strategy's revisions are whole rows, so that a column
// that comes later is simply added here too.
constexpr std::string_view manager_api_schema = R"sql(
ALTER TABLE strategies ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE strategies ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE strategies ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE strategies ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE strategies ADD COLUMN excluded_namespaces TEXT NOT NULL DEFAULT '[]';  -- [text]
ALTER TABLE strategies ADD COLUMN container TEXT NOT NULL DEFAULT '';
ALTER TABLE strategies ADD COLUMN excluded_pods TEXT NOT NULL DEFAULT '[]';        -- [text]
ALTER TABLE strategies ADD COLUMN includes_protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE strategies ADD COLUMN confirms_all INTEGER NOT NULL DEFAULT 0;
ALTER TABLE strategies ADD COLUMN expires_ms INTEGER;                              -- NULL: never

CREATE TABLE strategy_revisions (
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  deleted INTEGER NOT NULL,  -- then the rest is what it was last
  strategy_namespace TEXT NOT NULL,
  selector TEXT NOT NULL,
  namespaces TEXT NOT NULL,
  cgroup_paths TEXT NOT NULL,
  command_regex TEXT NOT NULL,
  priority INTEGER NOT NULL,
  slice_ns INTEGER NOT NULL,
  clamped INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  creator TEXT NOT NULL,
  updater TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  excluded_namespaces TEXT NOT NULL,
  container TEXT NOT NULL,
  excluded_pods TEXT NOT NULL,
  includes_protected INTEGER NOT NULL,
  confirms_all INTEGER NOT NULL,
  expires_ms INTEGER,
  PRIMARY KEY (id, revision)
) STRICT;

INSERT INTO strategy_revisions
  SELECT id, revision, updated_ms, updater, 0, strategy_namespace, selector, namespaces,
    cgroup_paths, command_regex, priority, slice_ns, clamped, rank, creator, updater, created_ms,
    updated_ms, name, description, enabled, excluded_namespaces, container, excluded_pods,
    includes_protected, confirms_all, expires_ms
  FROM strategies;

ALTER TABLE users ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE roles ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

CREATE TABLE refresh_sessions (
  id TEXT PRIMARY KEY,
  family TEXT NOT NULL,
  user_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  replaced_ms INTEGER  -- NULL: not yet
) STRICT;
CREATE INDEX refresh_sessions_by_family ON refresh_sessions (family);
CREATE INDEX refresh_sessions_by_user ON refresh_sessions (user_id);
CREATE INDEX refresh_sessions_by_end ON refresh_sessions (expires_ms);

CREATE TABLE audit_log (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  username TEXT NOT NULL,
  from_address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  outcome INTEGER NOT NULL,  -- 0 done, 1 refused
  reason TEXT NOT NULL,
  before TEXT NOT NULL,      -- JSON or empty
  after TEXT NOT NULL        -- likewise
) STRICT;
CREATE INDEX audit_log_by_time ON audit_log (at_ms);
CREATE INDEX audit_log_by_user ON audit_log (username);
CREATE INDEX audit_log_by_action ON audit_log (action);
CREATE INDEX audit_log_by_object ON audit_log (object);

CREATE TABLE verification_keys (
  id TEXT PRIMARY KEY,
  public_pem TEXT NOT NULL,
  retired_ms INTEGER  -- NULL: it signs now
) STRICT;

-- One row, written again and again, to see whether writing works.
CREATE TABLE health_probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  checks INTEGER NOT NULL
) STRICT;
INSERT INTO health_probe VALUES (1, 0);
)sql";

// Without it, to count who was refused reads every entry whole.
constexpr std::string_view audit_outcomes = R"sql(
CREATE INDEX audit_log_by_outcome ON audit_log (outcome);
)sql";

// What the pattern of a command is matched against; until here it was the comm.
constexpr std::string_view command_matches = R"sql(
ALTER TABLE strategies ADD COLUMN command_match TEXT NOT NULL DEFAULT 'comm';
ALTER TABLE strategy_revisions ADD COLUMN command_match TEXT NOT NULL DEFAULT 'comm';
)sql";

// By which pods of decision makers are known.
constexpr std::string_view pod_keys = R"sql(
CREATE TABLE pod_keys (
  pod TEXT PRIMARY KEY,  -- its UID
  key TEXT NOT NULL,     -- SHA-256 of the public half, in hexadecimal
  shown_ms INTEGER NOT NULL
) STRICT;
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
  return {{1, std::string(first_schema)},
          {2, std::string(manager_api_schema)},
          {3, std::string(audit_outcomes)},
          {4, std::string(command_matches)},
          {5, std::string(pod_keys)}};
}

namespace {

// Errc::unsupported or Errc::corrupt as migrate() says; else whether step `index` has run.
Result<bool> has_run(Database& database, std::span<const Migration> steps, std::size_t index) {
  const std::vector<std::string> recorded = TRY(recorded_checksums(database));
  if (recorded.size() > steps.size()) {
    return Error{Errc::unsupported,
                 "the store was written by a newer gthulhu (schema " +
                     std::to_string(recorded.size()) + ", this program knows " +
                     std::to_string(steps.size()) +
                     "): start that version again, or restore a copy from before it",
                 ""};
  }
  if (index >= recorded.size()) return false;
  if (recorded[index] == sha256(steps[index].sql).hex()) return true;
  return Error{Errc::corrupt,
               "the store's schema " + std::to_string(steps[index].version) +
                   " is not the one of this program",
               ""};
}

}  // namespace

Result<> migrate(Database& database, std::span<const Migration> steps, TimePoint now) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Migration& step = steps[i];
    CHECK(step.version == static_cast<int>(i) + 1);
    // Looked up inside the transaction: another process may have run the step while this one waited
    // for it to begin.
    auto done = database.transaction([&](Database&) -> Result<> {
      if (TRY(has_run(database, steps, i))) return {};
      TRY(database.run(step.sql));
      return database.execute("INSERT INTO gthulhu_migrations VALUES (?, ?, ?)",
                              std::int64_t{step.version}, now, sha256(step.sql).hex());
    });
    if (!done) return std::move(done).error().in("migration " + std::to_string(step.version));
  }
  return {};
}

}  // namespace gthulhu
