// SPDX-License-Identifier: Apache-2.0
//
// What became of each decision, from what is known; no system call for a known cgroup.
#include "adapters/cfs/cfs_enforcer.h"
#include "core/model/reasons.h"

namespace gthulhu {

namespace {

std::string_view worse(std::string_view left, std::string_view right) {
  for (const std::string_view reason : reasons::worst_first) {
    if (left == reason || right == reason) return reason;
  }
  return {};
}

std::string_view trouble_of(ManagedTasks::State state, Priority priority) {
  switch (state) {
    case ManagedTasks::State::in_force: return {};
    case ManagedTasks::State::real_time: return reasons::real_time_policy;
    case ManagedTasks::State::own_idle:
      return priority.is_idle() ? std::string_view() : reasons::idle_policy;
    case ManagedTasks::State::changed: return reasons::changed_by_program;
    case ManagedTasks::State::refused: return reasons::refused;
    case ManagedTasks::State::forbidden: return reasons::not_permitted;
  }
  std::abort();
}

Outcome outcome(std::size_t intent, std::string_view trouble) {
  if (trouble.empty()) return {intent, Enforced::verified, ""};
  return {intent, Enforced::degraded, std::string(trouble)};
}

}  // namespace

CfsEnforcer::Reach CfsEnforcer::reach_of(const std::string& cgroup) {
  const auto known = reaches_.find(cgroup);
  if (known != reaches_.end()) return known->second;
  Reach reach = Reach::other_workloads;
  if (weights_.is_in_root_group(cgroup)) {
    if (autogroup_) reach = Reach::inside_session;
  } else if (weights_.is_in_own_group(cgroup)) {
    reach = Reach::inside_pod;
  }
  reaches_.emplace(cgroup, reach);
  return reach;
}

Outcome CfsEnforcer::outcome_of(const PodDecision& decision) {
  std::string_view trouble = groups_.trouble(decision.cgroup->path);
  const bool needs_nice = trouble.empty() && !decision.priority.is_neutral();
  if (needs_nice && reach_of(decision.cgroup->path) == Reach::inside_session) {
    trouble = reasons::inside_session_only;
  }
  return outcome(decision.intent, trouble);
}

std::string_view CfsEnforcer::trouble_of(const Decision& decision,
                                         const ManagedTasks::Managed& managed,
                                         const PodDecision* pod,
                                         bool& any_task) {
  std::string_view trouble;
  bool clamped = false;
  for (const Thread& thread : decision.process->threads) {
    const auto task = managed.tasks.find(thread.id);
    if (task == managed.tasks.end()) continue;
    any_task = true;
    clamped = clamped || task->second.clamped;
    trouble = worse(trouble, gthulhu::trouble_of(task->second.state, decision.priority));
  }
  if (!trouble.empty()) return trouble;
  // A slice counts at every level: a group runs with the shortest of its tasks' (6.12+).
  if (!decision.priority.is_neutral()) {
    if (pod != nullptr) trouble = groups_.trouble(pod->cgroup->path);
    const Reach reach = reach_of(pod != nullptr ? pod->cgroup->path : managed.cgroup);
    if (reach == Reach::inside_session) trouble = reasons::inside_session_only;
    if (reach == Reach::inside_pod && pod == nullptr) trouble = reasons::inside_pod_only;
  }
  if (!trouble.empty()) return trouble;
  if (!decision.slice.is_default() && !scheduling_.takes_slices()) return reasons::no_custom_slices;
  return clamped ? reasons::clamped : std::string_view();
}

PodOutcomes CfsEnforcer::outcomes_of(const PodDecisions& pod) {
  PodOutcomes outcomes;
  for (const Decision& decision : pod.processes) {
    const auto managed = tasks_.processes().find(decision.process->id);
    if (managed == tasks_.processes().end()) continue;
    const bool is_by_pod = pod.whole && pod.whole->intent == decision.intent;
    bool any_task = false;
    const std::string_view trouble =
        trouble_of(decision, managed->second, is_by_pod ? &*pod.whole : nullptr, any_task);
    if (any_task) outcomes.push_back(outcome(decision.intent, trouble));
  }
  if (pod.whole) outcomes.push_back(outcome_of(*pod.whole));
  return outcomes;
}

}  // namespace gthulhu
