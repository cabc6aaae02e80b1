// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_health.h"

namespace gthulhu {

Result<> SqliteHealth::check() {
  const MutexLock lock(connection_.mutex);
  TRY(connection_.database.check_in_place());
  return connection_.database.run("UPDATE health_probe SET checks = (checks + 1) % 1000000");
}

}  // namespace gthulhu
