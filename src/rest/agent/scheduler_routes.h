// SPDX-License-Identifier: Apache-2.0
//
// Our scheduler in the node's kernel: what it is doing, and a hand to stop it. Not in the contract.
#pragma once

#include "app/agent/node_loop.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// So many threads are told of.
inline constexpr std::size_t ruled_threads_most = 500;

// All that it is given outlives the router.
void add_scheduler_routes(Router& router, const Clock& clock, AgentTokens& tokens, NodeLoop& loop);

}  // namespace gthulhu::rest
