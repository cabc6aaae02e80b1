// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Everything a store holds. A strategy that another program stored with values out of range is
// loaded with the nearest ones and marked `clamped`.
struct StoredStrategies {
  std::vector<Strategy> strategies;     // oldest first, then by id
  std::vector<std::string> unreadable;  // one text for each that is no strategy: its id and why

  bool operator==(const StoredStrategies&) const = default;
};

// Durable strategies. A function that returns success has its change on disk. Threads: all
// functions from anywhere.
class StrategyStore {
 public:
  virtual ~StrategyStore() = default;

  // One strategy that cannot be read does not hide the others; it can still be erased by its id.
  virtual Result<StoredStrategies> strategies() = 0;
  // Stores a new strategy or replaces the one with the same id.
  virtual Result<> put(const Strategy& strategy) = 0;
  // Errc::not_found when there is none.
  virtual Result<> erase(const StrategyId& id) = 0;
};

}  // namespace gthulhu
