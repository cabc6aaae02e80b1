// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/targets.h"

#include <cmath>

#include "core/enforce/knobs.h"

namespace gthulhu {

namespace {

// Weights are whole numbers: of a base of 1 no factor below 1.5 leaves a trace.
constexpr double tolerance = 0.05;

std::uint64_t nanoseconds_of(std::optional<std::chrono::nanoseconds> slice) {
  return slice ? static_cast<std::uint64_t>(slice->count()) : 0;
}

}  // namespace

TaskTarget task_target(const SchedValues& own, Priority priority, Slice slice, bool takes_slices) {
  TaskTarget target{own, false};
  if (policy_for(priority) == TaskPolicy::idle) {
    target.values.policy = SCHED_IDLE;
    return target;
  }
  const NiceTarget nice = nice_for(own.nice, priority);
  target.values.nice = nice.nice;
  target.clamped = nice.clamped;
  const bool asks_nothing = priority.is_neutral() && slice.is_default();
  if (takes_slices && !asks_nothing) {
    target.values.slice_ns = nanoseconds_of(slice_for(slice, priority));
  }
  return target;
}

GroupTarget group_target(const GroupValues& own, Priority priority, CgroupVersion version) {
  if (policy_for(priority) == TaskPolicy::idle) return {GroupValues{0, true}, false};
  const WeightTarget weight = weight_for(own.weight, priority, version);
  const bool is_far_off = std::abs(weight.factor / priority.weight_factor() - 1) > tolerance;
  return {GroupValues{weight.value, false}, weight.clamped || is_far_off};
}

}  // namespace gthulhu
