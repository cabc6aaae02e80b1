// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/manager/plane.h"
#include "app/manager/snapshot.h"
#include "app/ports/strategy_store.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/account.h"
#include "core/model/strategy.h"

namespace gthulhu {

// What users do to strategies: first into the store, then into the plane, then the answer.
//
// Threads: all functions from anywhere; those that write wait for the disk.
class Strategies {
 public:
  // All outlive this.
  Strategies(const Clock& clock, Random& random, StrategyStore& store, Plane& plane);

  // Brings what is stored into the plane, once, at start.
  Result<> load();

  struct Created {
    StrategyId id;
    std::size_t matched_pods = 0;
  };
  // `draft` without id, creator and times.
  Result<Created> create(Strategy draft, const UserId& creator);

  // Errc::not_found when there is none or somebody else made it.
  Result<> erase(const StrategyId& id, const UserId& who);

  [[nodiscard]] std::vector<Strategy> made_by(const UserId& who) const;

  // Of the strategies that `who` made, with what is known of each.
  struct Known {
    Intent intent;
    IntentReport report;
  };
  [[nodiscard]] std::vector<Known> intents_of(const UserId& who) const;

 private:
  const Clock& clock_;
  Random& random_;
  StrategyStore& store_;
  Plane& plane_;
  std::mutex order_;  // changes reach the plane in the order in which they were stored
};

}  // namespace gthulhu
