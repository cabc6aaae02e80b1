// SPDX-License-Identifier: Apache-2.0
//
// Users, roles and permissions (contract 1.5, 1.6).
#pragma once

#include "app/manager/account_admin.h"
#include "app/manager/accounts.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_user_routes(Router& router, const Clock& clock, Accounts& accounts, AccountAdmin& admin);
void add_role_routes(Router& router, const Clock& clock, Accounts& accounts, AccountAdmin& admin);

}  // namespace gthulhu::rest
