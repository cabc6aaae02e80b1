// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/model/cgroup.h"
#include "core/model/priority.h"
#include "core/model/slice.h"
#include "core/model/task_event.h"

namespace gthulhu {

// How tasks are to run that a rule is for.
struct SchedulerRule {
  Priority priority;
  Slice slice;

  bool operator==(const SchedulerRule&) const = default;
};

// How often tasks got to a CPU in which way, over all CPUs since the policy was loaded
// (enum gthulhu_path, bpf/scheduler_record.h).
struct SchedulerCounts {
  std::uint64_t to_idle_cpu = 0;
  std::uint64_t kernel_first = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t boosted = 0;
  std::uint64_t ordinary = 0;
  std::uint64_t idle_class = 0;
  std::uint64_t kept = 0;
  std::uint64_t guard_turns = 0;
  std::uint64_t pulled = 0;
  std::uint64_t resolved = 0;
  std::uint64_t without_state = 0;
  std::uint64_t timer_kicks = 0;
};

// Why the kernel let the policy go (enum scx_exit_kind, kernel/sched/ext_internal.h).
struct SchedulerEnd {
  int kind = 0;
  std::int64_t code = 0;
  std::string reason;
  std::string message;
};

// Our sched_ext policy (bpf/scheduler.bpf.c): loaded, and attached from attach() on. Without it, or
// when the kernel has thrown it out, the kernel's own scheduler takes over at once.
//
// Threads: as a value.
class SchedulerProgram {
 public:
  // Errc::unsupported, with the reason, where the kernel does not take it.
  static Result<std::unique_ptr<SchedulerProgram>> load(CgroupVersion cpu_hierarchy);
  virtual ~SchedulerProgram() = default;

  // Errc::unsupported, with the reason, such as another scheduler that is attached.
  virtual Result<> attach() = 0;
  virtual void detach() = 0;
  // Nothing while it is attached, or before.
  [[nodiscard]] virtual std::optional<SchedulerEnd> end() const = 0;

  // For the tasks in a cgroup and in those below it that have no rule of their own; nothing takes
  // it away. Errc::unavailable when there is no room. Both only count once publish() is called.
  virtual Result<> set(CgroupId cgroup, const std::optional<SchedulerRule>& rule) = 0;
  virtual void publish() = 0;

  [[nodiscard]] virtual SchedulerCounts counts() const = 0;
};

}  // namespace gthulhu
