// SPDX-License-Identifier: Apache-2.0
//
// Strategies and their intents (contract 1.7; where ours differs: docs/compatibility.md).
#pragma once

#include "app/manager/accounts.h"
#include "app/manager/strategies.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_strategy_routes(Router& router,
                         const Clock& clock,
                         Accounts& accounts,
                         Strategies& strategies);

}  // namespace gthulhu::rest
