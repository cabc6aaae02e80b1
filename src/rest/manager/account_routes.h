// SPDX-License-Identifier: Apache-2.0
//
// Login and the own account (contract 1.4, 1.5).
#pragma once

#include "app/manager/accounts.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// `clock` and `accounts` outlive the router.
void add_account_routes(Router& router, const Clock& clock, Accounts& accounts);

}  // namespace gthulhu::rest
