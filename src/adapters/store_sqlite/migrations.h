// SPDX-License-Identifier: Apache-2.0
//
// The schema as numbered steps. Each runs once, in a transaction of its own, and is recorded in the
// table gthulhu_migrations with the SHA-256 of its text. Steps that have been released are never
// changed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/store_sqlite/database.h"
#include "base/clock.h"

namespace gthulhu {

struct Migration {
  int version = 0;
  std::string sql;
};

// The steps of this program, numbered from 1 without gaps.
std::vector<Migration> migrations();

// Brings the database to the last of `steps`. Of two processes that do so at the same time the
// second waits for each step of the first and finds it done. Errc::unsupported when it was written
// by a newer program, Errc::corrupt when a recorded step is not the one of this program.
Result<> migrate(Database& database, std::span<const Migration> steps, TimePoint now);

}  // namespace gthulhu
