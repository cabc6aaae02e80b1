// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/model/decision.h"

namespace gthulhu {

// A pod for which something else is to be done than before. One of them is null where there was or
// is nothing. They point into what they were made of.
struct PodChange {
  const PodDecisions* before = nullptr;
  const PodDecisions* now = nullptr;
};

// Where two sets of decisions, each sorted by pod, differ; in the order of the pods.
std::vector<PodChange> pod_changes(const Decisions& before, const Decisions& now);

// What of a pod's decisions is not the same on the other side. A decision for the whole pod that
// differs makes all of them differ.
struct DecisionChanges {
  std::vector<const Decision*> gone;
  std::vector<const Decision*> come;
};
DecisionChanges decision_changes(const PodChange& change);

}  // namespace gthulhu
