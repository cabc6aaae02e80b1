// SPDX-License-Identifier: Apache-2.0
//
// Nodes and what runs on them (contract 1.8).
#pragma once

#include "app/manager/accounts.h"
#include "app/manager/plane.h"
#include "app/ports/node_link.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All outlive the router.
void add_node_routes(
    Router& router, const Clock& clock, Accounts& accounts, Plane& plane, NodeLink& link);

}  // namespace gthulhu::rest
