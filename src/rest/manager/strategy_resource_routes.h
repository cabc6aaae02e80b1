// SPDX-License-Identifier: Apache-2.0
//
// Strategies as resources with revisions: /api/v1/strategies/{id}, lists and the preview. Ours, not
// in the contract.
#pragma once

#include "app/manager/accounts.h"
#include "app/manager/plane.h"
#include "app/manager/snapshot_history.h"
#include "app/manager/strategies.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_strategy_resource_routes(Router& router,
                                  const Clock& clock,
                                  Accounts& accounts,
                                  Strategies& strategies,
                                  Plane& plane,
                                  SnapshotHistory& history);

}  // namespace gthulhu::rest
