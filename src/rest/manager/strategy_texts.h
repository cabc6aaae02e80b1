// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "core/model/strategy.h"

namespace gthulhu::rest {

// Strategies as items of GET /strategies/self, written once for each revision: a client that polls
// the list costs little more than the bytes that it is sent.
//
// Threads: all functions from anywhere.
class StrategyTexts {
 public:
  // At most so many are kept; then all are written anew.
  explicit StrategyTexts(std::size_t kept_max = 10'000) : kept_max_(kept_max) {}

  void append(std::string& out, const Strategy& strategy, std::size_t matched_pods);

 private:
  struct Written {
    std::int64_t revision = 0;
    std::size_t matched_pods = 0;
    std::string text;
  };

  const std::size_t kept_max_;
  Mutex mutex_;
  std::unordered_map<StrategyId, Written> written_ GUARDED_BY(mutex_);
};

}  // namespace gthulhu::rest
