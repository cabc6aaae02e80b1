// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/database.h"
#include "base/mutex.h"

namespace gthulhu {

// A connection that stores share. All that write share one: one writer at a time is all that SQLite
// has.
struct Connection {
  explicit Connection(Database opened) : database(std::move(opened)) {}

  Mutex mutex;
  Database database GUARDED_BY(mutex);
};

}  // namespace gthulhu
