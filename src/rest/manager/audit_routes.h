// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/manager/accounts.h"
#include "app/ports/audit_store.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// GET /api/v1/audit, for whoever may read all users. All outlive the router.
void add_audit_routes(Router& router, const Clock& clock, Accounts& accounts, AuditStore& audit);

}  // namespace gthulhu::rest
