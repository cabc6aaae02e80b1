// SPDX-License-Identifier: Apache-2.0
#include "app/agent/observe_enforcer.h"

namespace gthulhu {

EnforcerStatus ObserveEnforcer::status() const {
  EnforcerStatus status;
  status.kind = EnforcerKind::observe;
  status.reason = reason_;
  status.approximate = true;
  return status;
}

}  // namespace gthulhu
