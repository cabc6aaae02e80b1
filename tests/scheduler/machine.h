// SPDX-License-Identifier: Apache-2.0
//
// What is simulated, and what is seen of it (simulator.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bpf/starvation.h"

namespace gthulhu::scheduler {

using Time = std::chrono::nanoseconds;

inline constexpr int cpus_most = 64;

// A cgroup. Number 0 is the root; the first of MachineSpec::groups is number 1.
struct GroupSpec {
  std::uint32_t weight = 100;  // cpu.weight
  std::uint32_t parent = 0;
  Time quota{0};  // of cpu.max, for each period; 0: no limit
  Time period = std::chrono::milliseconds{100};
  Time burst{0};
};

struct TaskSpec {
  int priority = 0;
  int nice = 0;
  std::uint32_t group = 0;
  Time slice{0};  // 0: the policy's default
  Time run{0};    // then it sleeps; 0: it never does
  Time sleep{0};
  Time starts{0};
  Time ends = Time::max();
  std::uint64_t cpus = ~0ULL;  // a bit for each on which it may run
};

struct MachineSpec {
  int cpus = 1;
  std::vector<GroupSpec> groups;
  std::vector<TaskSpec> tasks;
  Time tick{0};            // slices are looked at so often; 0: they end when they end
  bool has_timers = true;  // those of rules and of guarded turns end in time in spite of a tick
  gthulhu_settings settings = GTHULHU_SETTINGS;
};

// How long a task waited before a run, and how many waited on that CPU meanwhile at most, with it.
struct Wait {
  Time time{0};
  std::uint64_t waiting = 1;
};

struct Usage {
  Time cpu{0};
  Time longest_wait{0};
  Wait worst_wait;  // by the time for each who waited
  std::uint64_t runs = 0;
  std::uint64_t moves = 0;  // to another CPU
};

struct CpuUsage {
  Time busy{0};
  Time longest_waste{0};  // without a break, idle while somebody waited who might have run here
  // How far those of 0 and below, above -20, were behind 5 % of the time in which some of them
  // waited without a break.
  Time longest_debt{0};
};

}  // namespace gthulhu::scheduler
