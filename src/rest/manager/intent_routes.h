// SPDX-License-Identifier: Apache-2.0
//
// Intents and what is known of them (contract 1.7; the list over all is ours).
#pragma once

#include "app/manager/accounts.h"
#include "app/manager/plane.h"
#include "app/manager/snapshot_history.h"
#include "app/manager/strategies.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_intent_routes(Router& router,
                       const Clock& clock,
                       Accounts& accounts,
                       Strategies& strategies,
                       const Plane& plane,
                       SnapshotHistory& history);

}  // namespace gthulhu::rest
