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

std::string_view CfsEnforcer::trouble_of_pod(const PodDecision& decision) {
  const std::string& cgroup = decision.cgroup->path;
  const std::string_view trouble = groups_.trouble(cgroup);
  const bool needs_nice = trouble.empty() && !decision.priority.is_neutral();
  const bool is_inside = needs_nice && reach_of(cgroup) == Reach::inside_session;
  return is_inside ? reasons::inside_session_only : trouble;
}

std::string_view CfsEnforcer::trouble_of(const Decision& decision,
                                         const ManagedTasks::Managed& managed,
                                         std::optional<std::string_view> of_pod) {
  std::string_view trouble;
  bool clamped = false;
  const auto take = [&](const ManagedTasks::Task& task) {
    clamped = clamped || task.clamped;
    trouble = worse(trouble, gthulhu::trouble_of(task.state, decision.priority));
  };
  // Others may obey another decision.
  if (decision.process->threads.size() == managed.tasks.size()) {
    for (const auto& [id, task] : managed.tasks) take(task);
  } else {
    for (const Thread& thread : decision.process->threads) {
      const auto task = managed.tasks.find(thread.id);
      if (task != managed.tasks.end()) take(task->second);
    }
  }
  if (!trouble.empty()) return trouble;
  // A slice counts at every level: a group runs with the shortest of its tasks' (6.12+).
  if (!decision.priority.is_neutral()) {
    if (of_pod) {
      trouble = *of_pod;
    } else {
      const Reach reach = reach_of(managed.cgroup);
      if (reach == Reach::inside_session) trouble = reasons::inside_session_only;
      if (reach == Reach::inside_pod) trouble = reasons::inside_pod_only;
    }
  }
  if (!trouble.empty()) return trouble;
  if (!decision.slice.is_default() && !scheduling_.takes_slices()) return reasons::no_custom_slices;
  return clamped ? reasons::clamped : std::string_view();
}

PodOutcomes CfsEnforcer::outcomes_of(const PodDecisions& pod) {
  PodOutcomes outcomes;
  // Once for those in a row of which the same is to be said.
  const auto add = [&](Outcome next) {
    if (outcomes.empty() || outcomes.back() != next) outcomes.push_back(std::move(next));
  };
  std::string_view of_pod;
  if (pod.whole) of_pod = trouble_of_pod(*pod.whole);
  for (const Decision& decision : pod.processes) {
    const auto managed = tasks_.processes().find(decision.process->id);
    if (managed == tasks_.processes().end() || managed->second.tasks.empty()) continue;
    const bool is_by_pod = pod.whole && pod.whole->intent == decision.intent;
    add(outcome(decision.intent, trouble_of(decision, managed->second,
                                            is_by_pod ? std::optional(of_pod) : std::nullopt)));
  }
  if (pod.whole) add(outcome(pod.whole->intent, of_pod));
  return outcomes;
}

}  // namespace gthulhu
