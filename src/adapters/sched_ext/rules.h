// SPDX-License-Identifier: Apache-2.0
//
// Which rules the scheduler in the kernel must have so that decisions come true.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "adapters/bpf/scheduler_program.h"
#include "base/shared.h"
#include "core/model/decision.h"
#include "core/model/expected_pod.h"
#include "core/model/task_event.h"

namespace gthulhu {

using Rules = std::map<RuleKey, SchedulerRule>;

// Those of one pod.
struct PodRules {
  PodUid pod;
  Rules rules;

  bool operator==(const PodRules&) const = default;
};

// A rule of the pod, for its cgroup may come any time, and those of names. None where the scheduler
// could not tell the pod by its cgroup's name.
PodRules rules_of(const ExpectedPod& pod);

// The decision for the whole pod becomes a rule of its cgroup, so that new processes are right from
// their first instruction (design D10); a process or thread gets one of its own where neither that
// one nor the one of its name says the same. `cgroup` is the pod's; where it is not known, every
// process has a rule. `expected` is what is to hold in the pod; null: nothing.
PodRules rules_of(const PodDecisions& pod,
                  std::optional<CgroupId> cgroup,
                  const ExpectedPod* expected);

struct RuleChange {
  RuleKey key;
  std::optional<SchedulerRule> rule;  // nothing: there is to be none

  bool operator==(const RuleChange&) const = default;
};

// Changes that the kernel did not take.
using RefusedRules = std::map<RuleKey, std::optional<SchedulerRule>>;

// What leads from one set to the other, each sorted by pod: what goes comes first, since a process
// may move from pod to pod. Pods that are the same are not looked at.
std::vector<RuleChange> rule_changes(const std::vector<Shared<PodRules>>& before,
                                     const std::vector<Shared<PodRules>>& now);

}  // namespace gthulhu
