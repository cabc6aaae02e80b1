// SPDX-License-Identifier: Apache-2.0
//
// Logins and one's own account (contract 1.4, 1.5).
#pragma once

#include <string>

#include "app/manager/accounts.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// `mode` is what GET /users/self/access says: "cluster" or "standalone". All outlive the router.
void add_account_routes(Router& router,
                        const Clock& clock,
                        Accounts& accounts,
                        const std::string& mode);

}  // namespace gthulhu::rest
