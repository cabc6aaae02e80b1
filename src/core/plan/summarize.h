// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/model/decision.h"
#include "core/model/intent.h"
#include "core/model/outcome.h"
#include "core/model/report.h"

namespace gthulhu {

// What to say of each intent of the node, in their order (design D6):
//   expired     its time is over (`expired` as of decide())
//   delivered   it matches no process (or they are gone again)
//   superseded  it matches some, and each obeys a stronger intent; by the one it lost most to
//   otherwise   the worst that became of its decisions: degraded, then applied, then verified.
//               Of several reasons the first of reasons::worst_first.
// An intent whose values were stored out of range is degraded ("clamped") at best, since it is not
// what somebody asked for; unless superseded. `decisions` are those of decide() for the same
// intents, `outcomes` what became of them; empty when nothing was tried yet.
std::vector<IntentReport> summarize(const std::vector<Intent>& intents,
                                    const Decisions& decisions,
                                    const Outcomes& outcomes,
                                    const std::vector<bool>& expired = {});

}  // namespace gthulhu
