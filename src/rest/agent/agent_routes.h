// SPDX-License-Identifier: Apache-2.0
//
// The decision maker's endpoints (contract 1.11).
#pragma once

#include "app/agent/decision_reads.h"
#include "app/agent/node_loop.h"
#include "app/ports/pod_delays.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "rest/router.h"

namespace gthulhu::rest {

// All that it refers to outlives the router.
struct AgentParts {
  const Clock& clock;
  AgentTokens& tokens;
  NodeLoop& loop;
  DecisionReads& reads;
  const PodDelays& delays;
  NodeName node;
  // Whether a token is given to whoever presents this node's public key (design D14).
  bool allow_public_key_exchange = false;
};

void add_agent_routes(Router& router, AgentParts parts);

}  // namespace gthulhu::rest
