// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/sched_ext/sched_ext_enforcer.h"
#include "app/ports/enforcer.h"
#include "base/clock.h"

namespace gthulhu {

// Our scheduler where it can be used, and `fallback` where and while it cannot; started. `clock`
// outlives it.
std::unique_ptr<SchedExtEnforcer> start_own_scheduler(SchedExtEnforcer::Settings settings,
                                                      const Clock& clock,
                                                      std::unique_ptr<Enforcer> fallback);

}  // namespace gthulhu
