// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "app/agent/decision_reads.h"
#include "app/ports/enforcer.h"
#include "app/ports/pod_delays.h"
#include "app/ports/processes.h"
#include "app/ports/task_usages.h"
#include "base/clock.h"
#include "base/result.h"
#include "main/config/settings.h"

namespace gthulhu {

// What a decision maker needs of its node: the tree of cgroups, what runs in it, and the way to
// make the kernel obey.
struct NodeParts {
  std::unique_ptr<CgroupTree> tree;
  std::unique_ptr<Processes> processes;
  std::unique_ptr<TaskUsages> usages;
  std::unique_ptr<PodDelays> delays;
  std::unique_ptr<DecisionReads> reads;  // for the enforcer; who serves decisions counts them
  std::unique_ptr<Enforcer> enforcer;

  // Also puts back what a crashed predecessor left in the kernel. `clock` outlives the parts.
  static Result<NodeParts> open(const AgentConfig& config, const Clock& clock);
};

}  // namespace gthulhu
