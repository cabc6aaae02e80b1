// SPDX-License-Identifier: Apache-2.0
//
// What our scheduler in the kernel is doing on a node, for those who look after it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/model/enforcer_status.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

enum class SchedulerState : std::uint8_t {
  none,         // the node's enforcer has no scheduler
  unusable,     // the kernel does not take it
  waiting,      // for room: another's scheduler, a cgroup with a CPU limit
  attached,     // it decides who runs
  delayed,      // thrown out, and soon back
  quarantined,  // thrown out too often, and back for one more trial
  stopped,      // by an operator
  off           // somebody else ended it, or it failed after quarantine too
};
inline constexpr std::array all_scheduler_states{
    SchedulerState::none,     SchedulerState::unusable, SchedulerState::waiting,
    SchedulerState::attached, SchedulerState::delayed,  SchedulerState::quarantined,
    SchedulerState::stopped,  SchedulerState::off};

constexpr std::string_view name(SchedulerState state) {
  switch (state) {
    case SchedulerState::none: return "none";
    case SchedulerState::unusable: return "unusable";
    case SchedulerState::waiting: return "waiting";
    case SchedulerState::attached: return "attached";
    case SchedulerState::delayed: return "delayed";
    case SchedulerState::quarantined: return "quarantined";
    case SchedulerState::stopped: return "stopped";
    case SchedulerState::off: return "off";
  }
  std::abort();
}

// Why the kernel had it no more.
enum class SchedulerExitKind : std::uint8_t {
  stall,         // a task waited for 30 s (SCX_EXIT_ERROR_STALL)
  bpf_error,     // it called for it by itself (SCX_EXIT_ERROR_BPF)
  error,         // any other
  sysrq,         // somebody asked the kernel by SysRq-S
  unregistered,  // somebody took its link away
  left,          // it left by itself: no sign of life of the decision maker
  kernel,        // the kernel wanted it, such as for a CPU that came
  not_loaded     // it could not come back
};
inline constexpr std::array all_scheduler_exit_kinds{
    SchedulerExitKind::stall,  SchedulerExitKind::bpf_error,    SchedulerExitKind::error,
    SchedulerExitKind::sysrq,  SchedulerExitKind::unregistered, SchedulerExitKind::left,
    SchedulerExitKind::kernel, SchedulerExitKind::not_loaded};

constexpr std::string_view name(SchedulerExitKind kind) {
  switch (kind) {
    case SchedulerExitKind::stall: return "stall";
    case SchedulerExitKind::bpf_error: return "bpf_error";
    case SchedulerExitKind::error: return "error";
    case SchedulerExitKind::sysrq: return "sysrq";
    case SchedulerExitKind::unregistered: return "unregistered";
    case SchedulerExitKind::left: return "left";
    case SchedulerExitKind::kernel: return "kernel";
    case SchedulerExitKind::not_loaded: return "not_loaded";
  }
  std::abort();
}

// Of the kernel's number (enum scx_exit_kind, kernel/sched/ext_internal.h).
constexpr SchedulerExitKind scheduler_exit_kind(int number) {
  switch (number) {
    case 64: return SchedulerExitKind::unregistered;
    case 65: return SchedulerExitKind::left;
    case 66: return SchedulerExitKind::kernel;
    case 67: return SchedulerExitKind::sysrq;
    case 1025: return SchedulerExitKind::bpf_error;
    case 1026: return SchedulerExitKind::stall;
    default: return SchedulerExitKind::error;
  }
}

struct SchedulerExit {
  TimePoint at;
  SchedulerExitKind kind = SchedulerExitKind::error;
  std::int64_t code = 0;
  std::string reason;
  std::string message;

  bool operator==(const SchedulerExit&) const = default;
};

// How often tasks got to a CPU in which way, over all CPUs (enum gthulhu_path,
// bpf/scheduler_record.h).
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
  std::uint64_t held = 0;
  std::uint64_t sent_back = 0;

  bool operator==(const SchedulerCounts&) const = default;
};

struct SchedulerCountName {
  std::string_view name;
  std::uint64_t SchedulerCounts::* count;
};
inline constexpr std::array<SchedulerCountName, 14> scheduler_count_names{
    {{"toIdleCpu", &SchedulerCounts::to_idle_cpu},
     {"kernelFirst", &SchedulerCounts::kernel_first},
     {"preemptions", &SchedulerCounts::preemptions},
     {"boosted", &SchedulerCounts::boosted},
     {"ordinary", &SchedulerCounts::ordinary},
     {"idleClass", &SchedulerCounts::idle_class},
     {"kept", &SchedulerCounts::kept},
     {"guardTurns", &SchedulerCounts::guard_turns},
     {"pulled", &SchedulerCounts::pulled},
     {"resolved", &SchedulerCounts::resolved},
     {"withoutState", &SchedulerCounts::without_state},
     {"timerKicks", &SchedulerCounts::timer_kicks},
     {"held", &SchedulerCounts::held},
     {"sentBack", &SchedulerCounts::sent_back}}};

constexpr SchedulerCounts operator+(SchedulerCounts left, const SchedulerCounts& right) {
  for (const auto& [name, count] : scheduler_count_names) left.*count += right.*count;
  return left;
}

struct SchedulerLoad {
  std::uint64_t queued = 0;   // tasks in its queues
  std::uint64_t chosen = 0;   // those that run next on their CPU, in the kernel's queue for it
  std::uint64_t running = 0;  // CPUs with a task of its
  std::uint64_t online_cpus = 0;

  bool operator==(const SchedulerLoad&) const = default;
};

// Rules in the kernel.
struct SchedulerRuleCounts {
  std::size_t cgroups = 0;
  std::size_t processes = 0;
  std::size_t threads = 0;
  std::size_t pods = 0;     // whether their cgroups are there or not
  std::size_t names = 0;    // of processes of pods
  std::size_t refused = 0;  // changes that the kernel did not take

  bool operator==(const SchedulerRuleCounts&) const = default;
};

struct SchedulerStatus {
  SchedulerState state = SchedulerState::none;
  std::string reason;                             // why it is so; for people
  std::optional<TimePoint> since;                 // nothing: as long as this program runs
  EnforcerKind enforcer = EnforcerKind::observe;  // who makes the kernel obey now
  std::string kernel;                             // its release
  SchedulerCounts counts;                         // since this program began
  SchedulerLoad load;
  SchedulerRuleCounts rules;
  std::uint64_t rules_written_ns = 0;  // the last time, since the machine started; 0: never
  // Of tasks whose CPU was not to be had, as the kernel counts since it was attached.
  std::uint64_t bounced = 0;
  std::vector<SchedulerExit> exits;  // the last ones, the latest at the end
  std::array<std::uint64_t, all_scheduler_exit_kinds.size()> exit_counts{};  // by kind, all
  // The kernel's text about the last exit that was none of not_loaded; empty unless it was an
  // error.
  std::string dump;
  std::optional<TimePoint> next_trial;  // nothing: there is none by itself

  bool operator==(const SchedulerStatus&) const = default;
};

// A thread that a rule is wanted for.
struct RuledThread {
  struct InForce {
    Priority priority;
    Slice slice;
    bool is_current = false;  // found since rules were last written
    // What is due to it: its part of the CPUs, times the factor of its priority. It says something
    // beside those of others only.
    double share = 0;

    bool operator==(const InForce&) const = default;
  };

  pid_t thread = 0;
  std::string name;
  Priority priority;
  Slice slice;
  std::optional<InForce> in_force;  // nothing: the kernel keeps nothing of it, or does not tell

  bool operator==(const RuledThread&) const = default;
};

}  // namespace gthulhu
