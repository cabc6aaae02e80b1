// SPDX-License-Identifier: Apache-2.0
//
// Strategies as the Go system's clients ask for them (contract 1.7; where ours differs:
// docs/compatibility.md). What is ours alone is in strategy_resource_routes.h.
#pragma once

#include "app/manager/accounts.h"
#include "app/manager/plane.h"
#include "app/manager/strategies.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_strategy_routes(
    Router& router, const Clock& clock, Accounts& accounts, Strategies& strategies, Plane& plane);

}  // namespace gthulhu::rest
