// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/managers_only.h"

#include <algorithm>

namespace gthulhu::rest {

namespace {

bool is_manager(const net::Request& request) {
  const auto& certificate = request.peer_certificate;
  return certificate != nullptr &&
         std::ranges::find(certificate->uris, manager_uri) != certificate->uris.end();
}

}  // namespace

net::RunsOn ManagersOnly::runs_on(const net::Request& request) const {
  return is_manager(request) ? served_.runs_on(request) : net::RunsOn::network_thread;
}

net::Response ManagersOnly::handle(const net::Request& request) {
  if (is_manager(request)) return served_.handle(request);
  return net::plain_error(403, "this certificate is not a manager's");
}

}  // namespace gthulhu::rest
