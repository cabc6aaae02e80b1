// SPDX-License-Identifier: Apache-2.0
//
// Pods of one hog each, watched one by one.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/waits/wake_waits.h"

namespace gthulhu::bench {

struct HogRule {
  int priority = 0;
  Slice slice = {};

  [[nodiscard]] bool is_none() const { return priority == 0 && slice.is_default(); }
};

// Threads: one.
class HogGround {
 public:
  explicit HogGround(Bench& bench);

  // On any CPU, or kept on this one. Without a rule nothing is asked of the arm.
  void add(HogRule rule, std::optional<int> cpu = std::nullopt);

  struct Seen {
    double seconds = 0;
    std::vector<std::chrono::microseconds> used;  // of each hog, by the kernel's account
    std::vector<Waits> waits;                     // of each hog
    std::uint64_t steps = 0;                      // that all hogs did together
  };
  // Once: begins, lets the hogs settle, and looks at them that long.
  Seen watch(std::chrono::milliseconds duration);

 private:
  [[nodiscard]] std::vector<std::chrono::microseconds> used() const;
  [[nodiscard]] std::uint64_t steps() const;

  Ground ground_;
  std::unique_ptr<WakeWaits> waits_;
  std::vector<Pod*> pods_;
  std::vector<HogRule> rules_;
  std::vector<Tally*> steps_;
};

}  // namespace gthulhu::bench
