// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>

#include "base/clock.h"

namespace gthulhu {

// When somebody last asked for the decisions of this node (GET /api/v1/scheduling/strategies).
//
// Threads: all functions from anywhere.
class DecisionReads {
 public:
  explicit DecisionReads(const Clock& clock) : clock_(clock) {}

  void count() { last_ = clock_.monotonic(); }
  // Nothing before the first time.
  [[nodiscard]] std::optional<MonotonicTime> last() const {
    const MonotonicTime last = last_;
    return last == never ? std::nullopt : std::optional(last);
  }

 private:
  static constexpr MonotonicTime never = MonotonicTime::min();

  const Clock& clock_;
  std::atomic<MonotonicTime> last_{never};
};

}  // namespace gthulhu
