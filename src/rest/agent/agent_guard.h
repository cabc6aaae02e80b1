// SPDX-License-Identifier: Apache-2.0
//
// The bearer check in front of the decision maker's protected handlers (contract 1.11).
#pragma once

#include "app/ports/tokens.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace gthulhu::rest {

// Errc::unauthenticated with the contract's text when the token is absent or not good.
Result<> admit_to_node(const net::Request& request, AgentTokens& tokens, TimePoint now);

// The same for what a manager asks. With mutual TLS the CA has said who this is: no token is
// needed.
Result<> admit_manager(const net::Request& request, AgentTokens& tokens, TimePoint now);

}  // namespace gthulhu::rest
