// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/clock.h"
#include "core/model/intent.h"
#include "core/model/node.h"
#include "core/model/pod.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Ids of strategies and UIDs of pods are unique.
struct Known {
  std::span<const Strategy> strategies;
  std::span<const Pod> pods;
  TimePoint now;
};

// Nodes without intents are left out. Of each node the pods in order of their UIDs, of each pod
// all intents, weakest first: who wins is decided per process, on the node, and a decision maker
// that keeps the last in the list (the Go one does) chooses the same.
struct Plan {
  std::map<NodeName, std::vector<Intent>> intents;

  bool operator==(const Plan&) const = default;
};

// What every node should run, given what is known. No clock, no store, no log: the same input
// always gives the same plan, whatever its order. Pods that are not placed are left out.
// O(strategies × pods): IncrementalPlan gives the same, a step at a time.
Plan plan(const Known& known);

}  // namespace gthulhu
