// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/agent/node_loop.h"
#include "app/agent/report_stream.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// The decision maker's end of the node link (docs/api/node-link.md). What is given by reference
// outlives the router.
void add_node_link_routes(
    Router& router, const Clock& clock, AgentTokens& tokens, NodeLoop& loop, ReportStream& reports);

}  // namespace gthulhu::rest
