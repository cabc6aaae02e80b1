// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/manager/enrolment.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// POST /api/v1/node-certificates, of the endpoint for decision makers. All outlive the router.
void add_enrolment_routes(Router& router, const Clock& clock, Enrolment& enrolment);

}  // namespace gthulhu::rest
