// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "net/handler.h"

namespace gthulhu::rest {

// The URI in the certificate with which a manager calls the decision makers that enrolled with it.
inline constexpr std::string_view manager_uri = "gthulhu:manager";

// Serves only who shows such a certificate: the authority of the node links may sign others too.
class ManagersOnly : public net::Handler {
 public:
  // `served` outlives it.
  explicit ManagersOnly(net::Handler& served) : served_(served) {}

  [[nodiscard]] net::RunsOn runs_on(const net::Request& request) const override;
  net::Response handle(const net::Request& request) override;

 private:
  net::Handler& served_;
};

}  // namespace gthulhu::rest
