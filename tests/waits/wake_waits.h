// SPDX-License-Identifier: Apache-2.0
//
// Every wait for a CPU and every run of the tasks in some cgroups, as the kernel had them
// (wake_waits.bpf.c).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "core/model/task_event.h"

namespace gthulhu {

// ns, sorted.
struct Waits {
  std::vector<std::uint64_t> woken;      // from wake-up to CPU
  std::vector<std::uint64_t> preempted;  // from losing the CPU to having it again
  std::vector<std::uint64_t> runs;       // without interruption, ended by others
  std::vector<std::uint64_t> ran;        // on each CPU, all together; not sorted
  // In each 10 ms since record(), on all CPUs; not sorted, and without runs that have no end yet.
  std::vector<std::uint64_t> ran_in_steps;
};

// Loaded and attached until destroyed. Throws std::runtime_error where the kernel does not take
// what it is told, or there is no room for what was seen. Threads: one.
class WakeWaits {
 public:
  static Result<std::unique_ptr<WakeWaits>> open();
  virtual ~WakeWaits() = default;

  // Its tasks, not those of cgroups below it; before their wake-ups can count. `group` may be of
  // several cgroups, and below WAKE_WAITS_GROUPS_MOST.
  virtual void watch(CgroupId cgroup, std::uint32_t group) = 0;
  // From now on.
  virtual void record() = 0;
  // Until now, by group, so many; who still waits or runs counts with that. Once.
  virtual std::vector<Waits> stop(std::uint32_t groups) = 0;
};

// The most that ran in one second, whichever it is, by `ran_in_steps`.
std::chrono::nanoseconds most_in_a_second(const std::vector<std::uint64_t>& ran_in_steps);

}  // namespace gthulhu
