// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/strategy_store.h"

namespace gthulhu {

// `connection` must outlive it.
class SqliteStrategies : public StrategyStore {
 public:
  explicit SqliteStrategies(Connection& connection) : connection_(connection) {}

  Result<StoredStrategies> strategies() override;
  Result<> put(const Strategy& strategy, const AuditEntry& audit) override;
  Result<> erase(const StrategyId& id, const AuditEntry& audit) override;
  Result<std::vector<StrategyRevision>> revisions(const StrategyId& id) override;

 private:
  Connection& connection_;
};

}  // namespace gthulhu
