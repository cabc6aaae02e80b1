// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ports/tokens.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace gthulhu::rest {

// The bearer check in front of the decision maker's handlers (contract 1.11).
Result<> check_agent_token(AgentTokens& tokens, const net::Request& request, TimePoint now);

}  // namespace gthulhu::rest
