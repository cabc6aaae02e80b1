// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "adapters/store_sqlite/data_directory.h"
#include "adapters/store_sqlite/sqlite_accounts.h"
#include "adapters/store_sqlite/sqlite_audit.h"
#include "adapters/store_sqlite/sqlite_health.h"
#include "adapters/store_sqlite/sqlite_keys.h"
#include "adapters/store_sqlite/sqlite_sessions.h"
#include "adapters/store_sqlite/sqlite_strategies.h"
#include "base/clock.h"

namespace gthulhu {

// All that the manager keeps, in the file gthulhu.db of a directory that this process has for
// itself. A first start finds the role `admin` with every permission, and nothing else.
//
// Threads: all functions of the stores from anywhere. One at a time works, others wait; only a
// search in the audit log goes on beside them.
class SqliteStore {
 public:
  // Makes the directory (mode 0700) and the file (0600) when they are missing, and brings the
  // schema up to date; `now` is recorded with it. Errc::conflict when another process uses the
  // directory, Errc::unsupported when a newer program wrote it, Errc::corrupt when it is damaged.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& directory, TimePoint now);

  [[nodiscard]] StrategyStore& strategies() { return strategies_; }
  [[nodiscard]] AccountStore& accounts() { return accounts_; }
  [[nodiscard]] SessionStore& sessions() { return sessions_; }
  [[nodiscard]] AuditStore& audit() { return audit_; }
  [[nodiscard]] KeyStore& keys() { return keys_; }
  [[nodiscard]] StoreHealth& health() { return health_; }

 private:
  SqliteStore(DataDirectory directory, Database writer, Database reader)
      : directory_(std::move(directory)),
        connection_(std::move(writer)),
        reader_(std::move(reader)) {}

  DataDirectory directory_;  // first: the lock goes after the connections are closed
  Connection connection_;
  Connection reader_;
  SqliteStrategies strategies_{connection_};
  SqliteAccounts accounts_{connection_};
  SqliteSessions sessions_{connection_};
  SqliteAudit audit_{connection_, reader_};
  SqliteKeys keys_{connection_};
  SqliteHealth health_{connection_};
};

}  // namespace gthulhu
