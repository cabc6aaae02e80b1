// SPDX-License-Identifier: Apache-2.0
//
// What both servers answer without a token: /health and /version (contract 1.2, 1.11).
#pragma once

#include <string>

#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// `endpoints` is the contract's literal text. `clock` outlives the router.
void add_system_routes(Router& router, const Clock& clock, std::string endpoints);

}  // namespace gthulhu::rest
