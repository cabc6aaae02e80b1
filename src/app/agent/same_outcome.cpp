// SPDX-License-Identifier: Apache-2.0
#include "app/agent/same_outcome.h"

namespace gthulhu {

const Outcomes& SameOutcome::of(const Decisions& decisions) {
  return made_.of(decisions, [this](const PodDecisions& pod) {
    PodOutcomes made;
    for (const Decision& decision : pod.processes) {
      // Once for those in a row that obey the same.
      if (!made.empty() && made.back().intent == decision.intent) continue;
      made.push_back({decision.intent, state_, reason_});
    }
    if (pod.whole) made.push_back({pod.whole->intent, state_, reason_});
    return made;
  });
}

}  // namespace gthulhu
