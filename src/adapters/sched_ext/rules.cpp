// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/rules.h"

#include <algorithm>
#include <utility>

#include "adapters/bpf/pod_number.h"

namespace gthulhu {

namespace {

// Both are sorted by their keys.
void compare(const Rules& before,
             const Rules& now,
             std::vector<RuleChange>& gone,
             std::vector<RuleChange>& come) {
  auto old = before.begin();
  auto present = now.begin();
  while (old != before.end() || present != now.end()) {
    if (present == now.end() || (old != before.end() && old->first < present->first)) {
      gone.push_back({old++->first, std::nullopt});
    } else if (old == before.end() || present->first < old->first) {
      come.push_back({present->first, present->second});
      ++present;
    } else {
      if (old->second != present->second) come.push_back({present->first, present->second});
      ++old, ++present;
    }
  }
}

}  // namespace

PodRules rules_of(const ExpectedPod& pod) {
  PodRules made{pod.pod, {}};
  if (!pod_number(pod.pod)) return made;
  SchedulerRule of_pod{pod.priority, pod.slice};
  if (!pod.names.empty()) of_pod.names_of = pod.pod;
  made.rules.emplace(pod.pod, of_pod);
  for (const ExpectedName& name : pod.names) {
    made.rules.emplace(NameRuleKey{pod.pod, name.comm}, SchedulerRule{name.priority, name.slice});
  }
  return made;
}

PodRules rules_of(const PodDecisions& pod,
                  std::optional<CgroupId> cgroup,
                  const ExpectedPod* expected) {
  PodRules made{pod.pod(), {}};
  SchedulerRule of_pod;
  if (pod.whole && cgroup) of_pod = {pod.whole->priority, pod.whole->slice};
  // Pods that the scheduler does not know by name have no rules for names.
  const bool is_by_name =
      cgroup && expected != nullptr && !expected->names.empty() && pod_number(pod.pod());
  SchedulerRule of_cgroup = of_pod;
  if (is_by_name) of_cgroup.names_of = pod.pod();
  // Neutral is what there is without a rule.
  if (cgroup && of_cgroup != SchedulerRule()) made.rules.emplace(*cgroup, of_cgroup);
  const auto wanted_by = [](const Decision& decision) {
    return SchedulerRule{decision.priority, decision.slice};
  };
  // What a process obeys that has no rule of its own.
  const auto without_own = [&](const Process& process) {
    if (!is_by_name) return of_pod;
    const auto name =
        std::ranges::lower_bound(expected->names, process.comm, {}, &ExpectedName::comm);
    if (name == expected->names.end() || name->comm != process.comm) return of_pod;
    return SchedulerRule{name->priority, name->slice};
  };
  std::map<TaskId, SchedulerRule> of_process;
  for (const Decision& decision : pod.processes) {
    const SchedulerRule wanted = wanted_by(decision);
    if (decision.is_for_threads || wanted == without_own(*decision.process)) continue;
    of_process.emplace(decision.process->id, wanted);
    made.rules.emplace(TaskRuleKey{decision.process->id, false}, wanted);
  }
  for (const Decision& decision : pod.processes) {
    if (!decision.is_for_threads) continue;
    const auto process = of_process.find(decision.process->id);
    const SchedulerRule otherwise =
        process == of_process.end() ? without_own(*decision.process) : process->second;
    const SchedulerRule wanted = wanted_by(decision);
    if (wanted == otherwise) continue;
    for (const Thread& thread : decision.process->threads) {
      made.rules.emplace(TaskRuleKey{thread.id, true}, wanted);
    }
  }
  return made;
}

std::vector<RuleChange> rule_changes(const std::vector<Shared<PodRules>>& before,
                                     const std::vector<Shared<PodRules>>& now) {
  static const Rules none;
  std::vector<RuleChange> gone;
  std::vector<RuleChange> come;
  auto old = before.begin();
  auto present = now.begin();
  while (old != before.end() || present != now.end()) {
    if (old != before.end() && present != now.end() && old->is_same(*present)) {
      ++old, ++present;
    } else if (present == now.end() || (old != before.end() && (*old)->pod < (*present)->pod)) {
      compare((*old++)->rules, none, gone, come);
    } else if (old == before.end() || (*present)->pod < (*old)->pod) {
      compare(none, (*present++)->rules, gone, come);
    } else {
      compare((*old++)->rules, (*present++)->rules, gone, come);
    }
  }
  gone.insert(gone.end(), come.begin(), come.end());
  return gone;
}

}  // namespace gthulhu
