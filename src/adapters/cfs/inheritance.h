// SPDX-License-Identifier: Apache-2.0
//
// Whose values does a task carry that this program has not seen before? A forked task takes over
// policy, nice and slice of the thread that forked it (sched_fork() in kernel/sched/core.c), so a
// child of a managed task carries what was written to its parent, and its own values are the
// parent's own. Pure rules, no system call.
//
// Limits: a program that started after a neighbour was managed, in the same cgroup, and that set
// itself to exactly the same policy, nice and slice, is taken for a child of that neighbour. Where
// two threads with different own values were clamped to the same one, their children are told apart
// by process only; the weaker own value is taken, so a wrong guess never leaves a task stronger.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/cfs/sched_values.h"
#include "core/model/process.h"

namespace gthulhu {

// A task that holds, or held until a moment ago, values of ours.
struct Carrier {
  TaskId process;
  std::string cgroup;             // as in /proc/TID/cgroup
  std::uint64_t since_ticks = 0;  // of our first write, in clock ticks since boot
  bool reset_on_fork = false;
  SchedValues base;      // its own
  SchedValues applied;   // ours
  SchedValues previous;  // ours before that; `base` when there was none

  // True when a child of it could carry `values`.
  [[nodiscard]] bool could_pass_on(const SchedValues& values) const;
};

struct Newcomer {
  TaskId id;
  TaskId process;
  std::vector<pid_t> ancestors;  // process ids, the parent first
  std::string cgroup;
  SchedValues values;
};

// What a task that was inherited from is for the newcomer.
struct Inherited {
  SchedValues base;
  std::uint64_t since_ticks = 0;

  bool operator==(const Inherited&) const = default;
};

// The own values of the newcomer when it carries those of a carrier it is tied to: of its own
// process before an ancestor, a near ancestor before a far one, and last any task of its cgroup
// (the root cgroup ties nobody, and neither does a carrier that was first written to after the
// newcomer started). Nothing when what it holds is its own.
std::optional<Inherited> inherited_by(const Newcomer& newcomer, std::span<const Carrier> carriers);

// What a child has of these values when SCHED_FLAG_RESET_ON_FORK is set.
SchedValues after_reset_on_fork(const SchedValues& values);

}  // namespace gthulhu
