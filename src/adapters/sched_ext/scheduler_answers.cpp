// SPDX-License-Identifier: Apache-2.0
//
// The enforcer as the port of those who look after the scheduler.
#include <sys/utsname.h>

#include <cstdlib>
#include <utility>
#include <variant>

#include "adapters/sched_ext/absence.h"
#include "adapters/sched_ext/sched_ext_enforcer.h"

namespace gthulhu {

namespace {

void count(const RuleKey& key, SchedulerRuleCounts& counts) {
  if (const auto* const task = std::get_if<TaskRuleKey>(&key)) {
    ++(task->is_thread ? counts.threads : counts.processes);
  } else if (std::holds_alternative<CgroupId>(key)) {
    ++counts.cgroups;
  } else if (std::holds_alternative<PodUid>(key)) {
    ++counts.pods;
  } else {
    ++counts.names;
  }
}

}  // namespace

SchedulerState SchedExtEnforcer::scheduler_state() const {
  if (program_ != nullptr) return SchedulerState::attached;
  switch (absence_) {
    case Absence::unusable: return SchedulerState::unusable;
    case Absence::waiting: return SchedulerState::waiting;
    case Absence::stopped: return SchedulerState::stopped;
    case Absence::ejected: break;
  }
  switch (ejections_.state()) {
    case Ejections::State::welcome:
    case Ejections::State::delayed: return SchedulerState::delayed;
    case Ejections::State::quarantined: return SchedulerState::quarantined;
    case Ejections::State::off_by_request:
    case Ejections::State::off_for_good: return SchedulerState::off;
  }
  std::abort();
}

SchedulerRuleCounts SchedExtEnforcer::count_rules() const {
  SchedulerRuleCounts counts;
  for (const auto* const pods : {&rules_.last(), &expected_rules_.last()}) {
    for (const Shared<PodRules>& pod : *pods) {
      for (const auto& [key, rule] : pod->rules) {
        if (!refused_.contains(key)) count(key, counts);
      }
    }
  }
  counts.refused = refused_.size();
  return counts;
}

SchedulerStatus SchedExtEnforcer::scheduler_status() {
  SchedulerStatus status;
  status.state = scheduler_state();
  const EnforcerStatus own = this->status();
  status.reason = own.reason;
  status.enforcer = own.kind;
  utsname machine{};
  if (::uname(&machine) == 0) status.kernel = machine.release;
  history_.tell(status, program_.get());
  if (program_ != nullptr) {
    status.load = program_->load_now();
    status.rules = count_rules();
    status.bounced = bounced_tasks(settings_.kernel.sysfs);
  }
  if (rules_written_) {
    status.rules_written_ns = static_cast<std::uint64_t>(
        std::chrono::nanoseconds(rules_written_->time_since_epoch()).count());
  }
  const auto next = ejections_.next_trial();
  if (program_ == nullptr && absence_ == Absence::ejected && next) {
    status.next_trial =
        clock_.now() + std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.monotonic());
  }
  return status;
}

std::vector<RuledThread> SchedExtEnforcer::ruled_threads(std::size_t most) {
  std::vector<RuledThread> threads;
  if (program_ == nullptr) return threads;
  for (const auto& [thread, rule] : checks_.ruled(most)) {
    RuledThread told{.thread = thread,
                     .name = thread_name(settings_.proc, thread),
                     .priority = rule.priority,
                     .slice = rule.slice,
                     .in_force = {}};
    if (const auto held = program_->read(thread).value_or(std::nullopt)) {
      told.in_force = {.priority = held->rule.priority,
                       .slice = held->rule.slice,
                       .is_current = held->is_current,
                       .share = held->share};
    }
    threads.push_back(std::move(told));
  }
  return threads;
}

Result<> SchedExtEnforcer::stop_scheduler() {
  // There is nothing to be stopped, and a reset must know that all is to be looked at anew.
  if (absence_ == Absence::unusable) return {};
  const bool was_attached = program_ != nullptr;
  let_go(Absence::stopped, absence::stopped());
  if (!was_attached) return {};
  TRY(parts_.fallback->enforce(wanted_));
  return {};
}

void SchedExtEnforcer::reset_scheduler() {
  if (program_ != nullptr) return;
  ejections_.reset();
  const MonotonicTime now = clock_.monotonic();
  next_slow_look_ = now;
  const bool is_first = absence_ == Absence::unusable;
  if (!is_first) absence_ = Absence::waiting;
  absent_because_.clear();
  try_to_attach(now, is_first);
}

}  // namespace gthulhu
