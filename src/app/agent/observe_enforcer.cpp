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
  const std::string reason(reasons::observe_only);
  Outcomes outcomes;
  outcomes.reserve(wanted.size());
  made_.begin();
  for (const Shared<PodDecisions>& pod : wanted) {
    outcomes.push_back(made_.of(pod, [&](const PodDecisions& decisions) {
      PodOutcomes made;
      for (const Decision& decision : decisions.processes) {
        made.push_back({decision.intent, Enforced::degraded, reason});
      }
      if (decisions.whole) made.push_back({decisions.whole->intent, Enforced::degraded, reason});
      return made;
    }));
  }
  made_.end();
  return outcomes;
}

}  // namespace gthulhu
