// SPDX-License-Identifier: Apache-2.0
#include "app/agent/observe_enforcer.h"

#include "core/model/reasons.h"

namespace gthulhu {

EnforcerStatus ObserveEnforcer::status() const {
  EnforcerStatus status;
  status.kind = EnforcerKind::observe;
  status.reason = reason_;
  status.approximate = true;
  return status;
}

Result<Outcomes> ObserveEnforcer::enforce(const Decisions& wanted) {
  return made_.of(wanted, [](const PodDecisions& decisions) {
    const std::string reason(reasons::observe_only);
    PodOutcomes made;
    for (const Decision& decision : decisions.processes) {
      // Once for those in a row that obey the same.
      if (!made.empty() && made.back().intent == decision.intent) continue;
      made.push_back({decision.intent, Enforced::degraded, reason});
    }
    if (decisions.whole) made.push_back({decisions.whole->intent, Enforced::degraded, reason});
    return made;
  });
}

}  // namespace gthulhu
