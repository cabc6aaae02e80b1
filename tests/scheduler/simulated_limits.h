// SPDX-License-Identifier: Apache-2.0
//
// cpu.max of simulated cgroups, as bpf/scheduler_limits.h has it: budgets, and who is held back.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "bpf/cpu_limit.h"
#include "tests/scheduler/machine.h"

namespace gthulhu::scheduler {

class SimulatedLimits {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::int64_t>::max();

  struct Limited {
    gthulhu_limit limit{};
    std::uint32_t parent = 0;
    std::deque<int> held;            // numbers of tasks, the first has waited longest
    std::uint64_t fires_ns = never;  // when the timer ends
  };
  struct Budget {
    std::int64_t left_ns = 0;
    std::uint64_t refill_ns = 0;
  };

  explicit SimulatedLimits(const std::vector<GroupSpec>& groups);

  // The cgroup, or the nearest above, that has a limit; 0: there is none.
  [[nodiscard]] std::uint32_t of(std::uint32_t group) const;
  // What all in a limited cgroup may use together, and when there is more.
  Budget find(std::uint32_t limited, std::uint64_t now);
  [[nodiscard]] bool has_budget(std::uint32_t limited, std::uint64_t now);
  void take(std::uint32_t limited, std::int64_t taken_ns);
  // What a task may run from now on that is in a limited cgroup; it is reserved.
  std::uint64_t reserve(std::uint32_t limited,
                        gthulhu_task& state,
                        std::uint64_t wanted_ns,
                        std::uint64_t now);
  void settle(gthulhu_task& state, std::uint64_t ran_ns);

  [[nodiscard]] Limited& at(std::uint32_t limited) { return groups_[limited]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(groups_.size()); }
  [[nodiscard]] std::uint64_t next_event() const;

 private:
  std::vector<Limited> groups_;
};

}  // namespace gthulhu::scheduler
