// SPDX-License-Identifier: Apache-2.0
//
// Why tasks that could run did not: others had the CPUs, or their quota was used up.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace gthulhu {

// How long tasks waited for a CPU before they ran, counted by powers of two.
struct RunQueueWaits {
  static constexpr std::size_t bucket_count = 19;

  // What ends below it and not below the one before is in bucket `i`; the last has no bound.
  static constexpr std::chrono::nanoseconds bound(std::size_t i) {
    return std::chrono::nanoseconds{std::int64_t{1} << (13 + i)};
  }

  std::array<std::uint64_t, bucket_count> counts{};
  std::chrono::nanoseconds sum{0};
  // Waits during which the task's queue stood still for a quota are in neither of these two, but
  // here, with all their time.
  std::uint64_t throttled = 0;
  std::chrono::nanoseconds throttled_sum{0};

  RunQueueWaits& operator+=(const RunQueueWaits& other);

  bool operator==(const RunQueueWaits&) const = default;
};

// What the kernel counts of cgroups that have a quota (cpu.max, or cpu.cfs_quota_us of cgroup v1).
struct Throttling {
  std::uint64_t periods = 0;  // in which tasks ran
  std::uint64_t throttled_periods = 0;
  std::chrono::nanoseconds time{0};  // that its queues stood still, of all CPUs together

  Throttling& operator+=(const Throttling& other);

  bool operator==(const Throttling&) const = default;
};

struct PodDelay {
  std::optional<RunQueueWaits> waits;  // nothing where the kernel does not count them for us
  Throttling throttling;               // of all cgroups of the pod together

  PodDelay& operator+=(const PodDelay& other);

  bool operator==(const PodDelay&) const = default;
};

}  // namespace gthulhu
