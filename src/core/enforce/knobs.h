// SPDX-License-Identifier: Apache-2.0
//
// What a decision means in the kernel's units (design D7). Pure arithmetic; idle (priority −20) is
// a scheduling policy and cpu.idle, not a nice value or weight.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/model/cgroup.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

struct NiceTarget {
  int nice = 0;
  bool clamped = false;  // the full priority does not fit between nice −20 and 19

  bool operator==(const NiceTarget&) const = default;
};

// The nice value of a thread whose own one is `own_nice`. Unchanged for idle.
NiceTarget nice_for(int own_nice, Priority priority);

enum class TaskPolicy : std::uint8_t {
  own,  // the one the program has
  idle  // SCHED_IDLE
};

TaskPolicy policy_for(Priority priority);

// The slice to set: what was asked for, else 0.1 ms for favoured tasks; nothing means the
// kernel's default.
std::optional<std::chrono::nanoseconds> slice_for(Slice slice, Priority priority);

struct WeightTarget {
  std::uint64_t value = 0;  // for cpu.weight (v2) or cpu.shares (v1)
  bool clamped = false;     // the wanted weight is out of the kernel's bounds
  double factor = 1;        // what `value` is of the base: weights are whole numbers

  bool operator==(const WeightTarget&) const = default;
};

// The weight of a cgroup whose own one is `base`: base × 1.25^priority, rounded to the nearest,
// within 1…10000 for v2 (Documentation/admin-guide/cgroup-v2.rst), 2…262144 for v1 (MIN_SHARES,
// MAX_SHARES in kernel/sched/sched.h). A base below the bounds counts as the least.
WeightTarget weight_for(std::uint64_t base, Priority priority, CgroupVersion version);

}  // namespace gthulhu
