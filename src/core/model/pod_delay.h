// SPDX-License-Identifier: Apache-2.0
//
// Why tasks that could run did not: others had the CPUs, or their quota was used up; and how long
// they ran when they did.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/model/duration_counts.h"

namespace gthulhu {

// What the kernel counts of tasks that get CPUs: each time one wait and one burst, which is what a
// task runs from getting a CPU to leaving it.
struct RunCounts {
  DurationCounts waits;  // for CPUs that others had
  // Waits during which the task's queue stood still for a quota, or that began with our scheduler's
  // holding the task back for one, are not in `waits` but here, with all their time.
  std::uint64_t throttled = 0;
  std::chrono::nanoseconds throttled_sum{0};
  DurationCounts bursts;  // CPU time
  // Bursts after which the task could have gone on: its CPU was taken, or yielded.
  std::uint64_t preempted = 0;

  RunCounts& operator+=(const RunCounts& other);

  bool operator==(const RunCounts&) const = default;
};

// What the kernel counts of cgroups that have a quota (cpu.max, or cpu.cfs_quota_us of cgroup v1),
// and our scheduler where it enforces them in the kernel's place.
struct Throttling {
  std::uint64_t periods = 0;  // in which tasks ran
  std::uint64_t throttled_periods = 0;
  // By the kernel that its queues stood still, of all CPUs together; by our scheduler that any task
  // was held back.
  std::chrono::nanoseconds time{0};

  Throttling& operator+=(const Throttling& other);

  bool operator==(const Throttling&) const = default;
};

struct PodDelay {
  std::optional<RunCounts> runs;  // nothing where the kernel does not count them for us
  Throttling throttling;          // of all cgroups of the pod together

  PodDelay& operator+=(const PodDelay& other);

  bool operator==(const PodDelay&) const = default;
};

}  // namespace gthulhu
