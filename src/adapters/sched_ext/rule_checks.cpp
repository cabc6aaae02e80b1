// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/rule_checks.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/enforce/knobs.h"
#include "core/enforce/pod_changes.h"
#include "core/model/reasons.h"

namespace gthulhu {

namespace {

// struct sched_attr of include/uapi/linux/sched/types.h, in its first version: that header and the
// C library's do not go together.
struct Attributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};
static_assert(sizeof(Attributes) == 48);

constexpr SchedulerRule neutral;

std::string_view worse(std::string_view left, std::string_view right) {
  for (const std::string_view reason : reasons::worst_first) {
    if (left == reason || right == reason) return reason;
  }
  return {};
}

Outcome degraded(std::size_t intent, std::string_view reason) {
  return {intent, Enforced::degraded, std::string(reason)};
}

bool is_among(const RefusedRules& refused, const PodUid& pod, const Decision& decision) {
  if (!decision.is_for_threads) {
    return refused.contains(TaskRuleKey{decision.process->id, false}) ||
           refused.contains(NameRuleKey{pod, decision.process->comm});
  }
  return std::ranges::any_of(decision.process->threads, [&](const Thread& thread) {
    return refused.contains(TaskRuleKey{thread.id, true});
  });
}

}  // namespace

std::optional<OwnScheduling> read_own_scheduling(pid_t thread) {
  Attributes read{};
  if (::syscall(SYS_sched_getattr, thread, &read, sizeof read, 0U) != 0) return std::nullopt;
  OwnScheduling own;
  own.is_real_time =
      read.policy == SCHED_FIFO || read.policy == SCHED_RR || read.policy == SCHED_DEADLINE;
  own.is_idle = read.policy == SCHED_IDLE;
  own.nice = read.nice;
  return own;
}

void RuleChecks::want(const Decisions& wanted) {
  ++wants_;
  const std::vector<PodChange> changes = pod_changes(wanted_, wanted);
  for (const PodChange& change : changes) {
    if (change.now != nullptr) want_pod(*change.now);
  }
  // Afterwards: a process may have moved from pod to pod.
  for (const PodChange& change : changes) {
    if (change.before == nullptr) continue;
    for (const Decision& decision : change.before->processes) {
      for (const Thread& thread : decision.process->threads) {
        const auto check = checks_.find(thread.id);
        if (check != checks_.end() && check->second.wanted_in != wants_) drop(check);
      }
    }
  }
  wanted_ = wanted;
}

void RuleChecks::want_pod(const PodDecisions& pod) {
  for (const Decision& decision : pod.processes) {
    const SchedulerRule rule{decision.priority, decision.slice};
    for (const Thread& thread : decision.process->threads) {
      auto [check, is_new] = checks_.try_emplace(thread.id);
      if (is_new || check->second.rule != rule) {
        if (!is_new && check->second.rule != neutral) --ruled_;
        if (rule != neutral) ++ruled_;
        check->second = Check{.rule = rule};
      }
      check->second.wanted_in = wants_;
    }
  }
}

void RuleChecks::drop(Checks::iterator check) {
  if (check->second.rule != neutral) --ruled_;
  checks_.erase(check);
}

std::vector<std::pair<pid_t, SchedulerRule>> RuleChecks::ruled(std::size_t most) const {
  std::vector<std::pair<pid_t, SchedulerRule>> found;
  for (const auto& [id, check] : checks_) {
    if (found.size() == most) break;
    if (check.rule != neutral) found.emplace_back(id.tid, check.rule);
  }
  return found;
}

void RuleChecks::start_over() {
  for (auto& [id, check] : checks_) check.seen = Seen::not_yet;
}

bool RuleChecks::look(SchedulerProgram& program, std::size_t most) {
  bool is_other = false;
  auto check = checks_.lower_bound(next_);
  for (std::size_t left = std::min(most, checks_.size()); left > 0; --left) {
    if (check == checks_.end()) check = checks_.begin();
    const Check now = looked(check->first.tid, check->second, program);
    is_other =
        is_other || now.seen != check->second.seen || now.is_clamped != check->second.is_clamped;
    check->second = now;
    ++check;
  }
  next_ = check == checks_.end() ? TaskId{} : check->first;
  return is_other;
}

RuleChecks::Check RuleChecks::looked(pid_t thread, Check check, SchedulerProgram& program) const {
  const std::optional<OwnScheduling> own = read_own_(thread);
  if (!own) {
    check.seen = Seen::gone;
    return check;
  }
  check.is_clamped =
      !check.rule.priority.is_idle() && nice_for(own->nice, check.rule.priority).clamped;
  if (own->is_real_time) {
    check.seen = Seen::real_time;
    return check;
  }
  if (own->is_idle && !check.rule.priority.is_idle() && !check.rule.priority.is_neutral()) {
    check.seen = Seen::own_idle;
    return check;
  }
  const auto in_force = program.read(thread).value_or(std::nullopt);
  if (in_force) {
    if (in_force->rule == check.rule) {
      check.seen = Seen::in_force;
    } else if (in_force->is_current) {
      check.seen = Seen::other_rule;
    }
  }
  // Else it has not wanted a CPU since, and what was seen before is what there is to be said.
  const bool is_over =
      check.seen == Seen::real_time || check.seen == Seen::own_idle || check.seen == Seen::gone;
  if (is_over) check.seen = Seen::not_yet;
  return check;
}

std::string_view RuleChecks::trouble_of(const Check& check) {
  switch (check.seen) {
    case Seen::real_time: return reasons::real_time_policy;
    case Seen::own_idle: return reasons::idle_policy;
    case Seen::other_rule: return reasons::refused;
    case Seen::not_yet:
    case Seen::in_force:
    case Seen::gone: return check.is_clamped ? reasons::clamped : std::string_view();
  }
  std::abort();
}

std::optional<Outcome> RuleChecks::outcome_of(const Decision& decision) const {
  std::string_view trouble;
  bool is_any = false;
  bool is_verified = true;
  for (const Thread& thread : decision.process->threads) {
    const auto check = checks_.find(thread.id);
    if (check == checks_.end() || check->second.seen == Seen::gone) continue;
    is_any = true;
    is_verified = is_verified && check->second.seen == Seen::in_force;
    trouble = worse(trouble, trouble_of(check->second));
  }
  if (!is_any) return std::nullopt;
  if (!trouble.empty()) return degraded(decision.intent, trouble);
  return Outcome{decision.intent, is_verified ? Enforced::verified : Enforced::applied, ""};
}

PodOutcomes RuleChecks::outcomes_of(const PodDecisions& pod,
                                    const RefusedRules& refused,
                                    bool is_pod_refused) const {
  PodOutcomes outcomes;
  // Once for those in a row of which the same is to be said.
  const auto add = [&](Outcome next) {
    if (outcomes.empty() || outcomes.back() != next) outcomes.push_back(std::move(next));
  };
  bool is_whole_told = false;
  for (const Decision& decision : pod.processes) {
    const bool is_by_pod = pod.whole && pod.whole->intent == decision.intent;
    if ((is_by_pod && is_pod_refused) ||
        (!refused.empty() && is_among(refused, pod.pod(), decision))) {
      add(degraded(decision.intent, reasons::refused));
      is_whole_told = is_whole_told || is_by_pod;
    } else if (std::optional<Outcome> outcome = outcome_of(decision)) {
      add(*std::move(outcome));
      is_whole_told = is_whole_told || is_by_pod;
    }
  }
  // What is read back is what its processes obey.
  if (pod.whole && !is_whole_told) {
    if (is_pod_refused) {
      add(degraded(pod.whole->intent, reasons::refused));
    } else {
      add({pod.whole->intent, Enforced::applied, ""});
    }
  }
  return outcomes;
}

}  // namespace gthulhu
