// SPDX-License-Identifier: Apache-2.0
//
// What both servers answer without a token: /health and /version (contract 1.2, 1.11).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// What keeps the program from doing its work, each in one sentence; empty when nothing does. It
// must look at memory only. Threads: the network thread.
using Troubles = std::function<std::vector<std::string>()>;

// `endpoints` is the contract's literal text. What `warnings` says is told beside the health, which
// it does not change: a program that works with less must not be started anew for it. `clock` and
// what the functions refer to outlive the router.
void add_system_routes(Router& router,
                       const Clock& clock,
                       const std::string& endpoints,
                       Troubles troubles,
                       Troubles warnings = {});

}  // namespace gthulhu::rest
