// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/agent_guard.h"

#include "rest/guard.h"

namespace gthulhu::rest {

Result<> admit_to_node(const net::Request& request, AgentTokens& tokens, TimePoint now) {
  const ShownToken token =
      TRY(bearer_token(request, {"Authorization header is required",
                                 "Authorization header must start with 'Bearer '"}));
  Result<> good = tokens.check(token, now);
  if (!good && good.error().code == Errc::unauthenticated) {
    return Error{Errc::unauthenticated, "Invalid or expired token: " + good.error().message, ""};
  }
  return good;
}

Result<> admit_manager(const net::Request& request, AgentTokens& tokens, TimePoint now) {
  if (request.peer_certificate != nullptr) return {};
  return admit_to_node(request, tokens, now);
}

}  // namespace gthulhu::rest
