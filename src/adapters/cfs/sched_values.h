// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <compare>
#include <cstdint>

namespace gthulhu {

// Newer than glibc 2.36 knows (include/uapi/linux/sched.h).
constexpr std::uint32_t policy_deadline = 6;

// What the cfs enforcer moves of one task.
struct SchedValues {
  std::uint32_t policy = SCHED_OTHER;
  std::int32_t nice = 0;
  std::uint64_t slice_ns = 0;  // 0: the kernel's default

  [[nodiscard]] bool is_real_time() const {
    return policy == SCHED_FIFO || policy == SCHED_RR || policy == policy_deadline;
  }
  [[nodiscard]] bool is_idle() const { return policy == SCHED_IDLE; }
  auto operator<=>(const SchedValues&) const = default;
};

// The same as read from the kernel, with the flag that every write must repeat.
struct ReadValues {
  SchedValues values;
  bool reset_on_fork = false;
};

}  // namespace gthulhu
