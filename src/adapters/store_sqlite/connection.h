// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/database.h"
#include "base/mutex.h"

namespace gthulhu {

// The one connection that all stores of a file share: one writer at a time is all that SQLite has.
struct Connection {
  explicit Connection(Database opened) : database(std::move(opened)) {}

  Mutex mutex;
  Database database GUARDED_BY(mutex);
};

}  // namespace gthulhu
