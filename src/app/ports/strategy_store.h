// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/audit.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Everything a store holds. A strategy that another program stored with values out of range is
// loaded with the nearest ones and marked `clamped`.
struct StoredStrategies {
  std::vector<Strategy> strategies;     // oldest first, then by id
  std::vector<std::string> unreadable;  // one text for each that is no strategy: its id and why

  bool operator==(const StoredStrategies&) const = default;
};

// A strategy as it was, or the fact that it went.
struct StrategyRevision {
  std::int64_t revision = 0;
  TimePoint at;
  UserId by;
  std::optional<Strategy> strategy;  // nothing: it was deleted, or
  std::string unreadable;            // why it cannot be read

  bool operator==(const StrategyRevision&) const = default;
};

// Durable strategies. A function that returns success has its change on disk, and `audit` with it
// in the same transaction. Threads: all functions from anywhere.
class StrategyStore {
 public:
  virtual ~StrategyStore() = default;

  // One strategy that cannot be read does not hide the others; it can still be erased by its id.
  virtual Result<StoredStrategies> strategies() = 0;
  // Stores a new strategy (revision 1) or replaces the one with the same id. The last revision of
  // this id must be one less, also when that was its deletion; else Errc::stale. What it was stays
  // as a revision.
  virtual Result<> put(const Strategy& strategy, const AuditEntry& audit) = 0;
  // Its deletion is a revision too, at the time and by the user of `audit`. Errc::not_found when
  // there is none.
  virtual Result<> erase(const StrategyId& id, const AuditEntry& audit) = 0;
  // All revisions, oldest first, also of a strategy that was deleted; empty for an unknown id.
  virtual Result<std::vector<StrategyRevision>> revisions(const StrategyId& id) = 0;
};

}  // namespace gthulhu
