// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "adapters/bpf/scheduler_quotas.h"
#include "base/result.h"
#include "core/model/cgroup.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/process.h"
#include "core/model/scheduler_status.h"
#include "core/model/slice.h"
#include "core/model/task_event.h"

namespace gthulhu {

// A moment of CLOCK_BOOTTIME, since the machine started.
using BootTime = std::chrono::nanoseconds;

// How tasks are to run that a rule is for.
struct SchedulerRule {
  Priority priority;
  Slice slice;
  std::optional<BootTime> expires = std::nullopt;  // from then on there is no rule
  // Of a cgroup or a pod: rules for names in this pod go before.
  std::optional<PodUid> names_of = std::nullopt;

  bool operator==(const SchedulerRule&) const = default;
};

// Whom a rule is for that is about one process or one thread.
struct TaskRuleKey {
  TaskId task;             // of a process the first thread
  bool is_thread = false;  // for this thread alone, whatever its process obeys

  auto operator<=>(const TaskRuleKey&) const = default;
};

// Whom a rule is for that is about a pod's processes with a name: the comm of the first thread.
struct NameRuleKey {
  PodUid pod;
  std::string comm;

  auto operator<=>(const NameRuleKey&) const = default;
};

// Whom a rule is for: a cgroup and all below it; a process, or one of its threads; a pod, whose
// cgroup need not be there yet; or some of a pod's processes.
using RuleKey = std::variant<CgroupId, TaskRuleKey, PodUid, NameRuleKey>;

// What the kernel goes by for a thread. It looks for the rule when the thread next wants a CPU.
struct RuleInForce {
  SchedulerRule rule;
  bool is_current = false;  // found since the last publish()
  // What was due to the thread with those that were runnable then: its part of a CPU, times 1.25 to
  // the power of its priority, so it says something beside those of others only.
  double share = 0;

  bool operator==(const RuleInForce&) const = default;
};

// Why the kernel let the policy go (enum scx_exit_kind, kernel/sched/ext_internal.h).
struct SchedulerEnd {
  int kind = 0;
  std::int64_t code = 0;
  std::string reason;
  std::string message;
  std::string dump;            // what the kernel tells of CPUs and tasks; of errors only
  bool is_left_alone = false;  // it has left by itself: nobody called live_until() in time
};

// Our sched_ext policy (bpf/scheduler.bpf.c): loaded, and attached from attach() on. Without it, or
// when the kernel has thrown it out, the kernel's own scheduler takes over at once. Once it is
// pinned it stays when this ends, whatever ends it.
//
// Threads: as a value.
class SchedulerProgram {
 public:
  // Errc::unsupported, with the reason, where the kernel does not take it.
  static Result<std::unique_ptr<SchedulerProgram>> load(CgroupVersion cpu_hierarchy);
  // The one that another process has pinned in `directory`, with its rules, and attached unless it
  // has ended. Errc::unsupported, with the reason, where it cannot be had.
  static Result<std::unique_ptr<SchedulerProgram>> open_pins(const std::string& directory);
  virtual ~SchedulerProgram() = default;

  // Errc::unsupported, with the reason, such as another scheduler that is attached.
  virtual Result<> attach() = 0;
  // Pins of it stay where they are.
  virtual void detach() = 0;
  // Into a directory of a BPF file system. Errc::unsupported, with the reason.
  virtual Result<> pin(const std::string& directory) = 0;
  // Nothing while it is attached, or before.
  [[nodiscard]] virtual std::optional<SchedulerEnd> end() const = 0;

  // Rules; nothing takes one away. They count once publish() is called. Of several that hold for a
  // thread its own goes first, then that of its process, then that of the nearest cgroup, of which
  // one by id goes before one by pod.
  // Errc::unavailable when there is no room.
  virtual Result<> set(CgroupId cgroup, const std::optional<SchedulerRule>& rule) = 0;
  // Without effect for a pod without a pod_number().
  virtual Result<> set(const PodUid& pod, const std::optional<SchedulerRule>& rule) = 0;
  // Counts where a rule of the pod or of its cgroup says so. The same.
  virtual Result<> set(const NameRuleKey& name, const std::optional<SchedulerRule>& rule) = 0;
  virtual Result<> set(const TaskRuleKey& task, const std::optional<SchedulerRule>& rule) = 0;
  // Takes away every rule but those for `wanted`, which are left as they are.
  // Errc::unavailable, when some may have stayed.
  virtual Result<> keep_only(const std::set<RuleKey>& wanted) = 0;
  virtual void publish() = 0;

  // From `lease_ends` on there are no rules, from `leave` on the kernel's own scheduler is back
  // (design D12), within a second; unless it is called again before. Without a call neither comes.
  virtual void live_until(BootTime lease_ends, BootTime leave) = 0;

  // What holds for a thread; nothing when there is no such thread, or the kernel keeps nothing of
  // it. Errc::unsupported where that cannot be read.
  virtual Result<std::optional<RuleInForce>> read(pid_t thread) = 0;

  // Since the policy was loaded.
  [[nodiscard]] virtual SchedulerCounts counts() const = 0;
  // Of cgroups with a CPU limit; never null.
  [[nodiscard]] virtual std::shared_ptr<const SchedulerQuotas> quotas() const = 0;
  // How things stand now; nothing waits where the kernel does not tell.
  [[nodiscard]] virtual SchedulerLoad load_now() const = 0;
  // How many rules of cgroups there are, and cgroups with the cpu controller. Slow.
  [[nodiscard]] virtual std::size_t entries() const = 0;
};

}  // namespace gthulhu
