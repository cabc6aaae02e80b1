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

Result<std::vector<Outcome>> ObserveEnforcer::enforce(const Decisions& wanted) {
  std::vector<Outcome> outcomes;
  for (const Decision& decision : wanted.processes) {
    outcomes.push_back({decision.intent, Enforced::degraded, std::string(reasons::observe_only)});
  }
  for (const PodDecision& decision : wanted.pods) {
    outcomes.push_back({decision.intent, Enforced::degraded, std::string(reasons::observe_only)});
  }
  return outcomes;
}

}  // namespace gthulhu
