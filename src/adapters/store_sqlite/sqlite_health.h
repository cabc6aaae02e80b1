// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/store_health.h"

namespace gthulhu {

// `connection` must outlive it.
class SqliteHealth : public StoreHealth {
 public:
  explicit SqliteHealth(Connection& connection) : connection_(connection) {}

  // Also fails when the file is not where it was: the directory was removed or replaced.
  Result<> check() override;

 private:
  Connection& connection_;
};

}  // namespace gthulhu
