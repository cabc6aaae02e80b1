// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/managers_only.h"

#include <gtest/gtest.h>

namespace gthulhu::rest {
namespace {

class Everything : public net::Handler {
 public:
  [[nodiscard]] net::RunsOn runs_on(const net::Request& /*request*/) const override {
    return net::RunsOn::worker;
  }
  net::Response handle(const net::Request& /*request*/) override { return {}; }
};

int status_for(std::shared_ptr<const net::PeerCertificate> certificate) {
  Everything everything;
  ManagersOnly managers(everything);
  net::Request request;
  request.peer_certificate = std::move(certificate);
  return managers.handle(request).status;
}

TEST(ManagersOnly, a_certificate_must_be_a_managers) {
  const auto named = [](std::vector<std::string> uris, std::vector<std::string> hosts) {
    return std::make_shared<const net::PeerCertificate>(
        net::PeerCertificate{"CN=gthulhu:manager", std::move(hosts), std::move(uris)});
  };
  EXPECT_EQ(status_for(named({"other:x", "gthulhu:manager"}, {})), 200);
  EXPECT_EQ(status_for(named({"node:n1"}, {"gthulhu:manager"})), 403);
  EXPECT_EQ(status_for(named({}, {})), 403);
  EXPECT_EQ(status_for(nullptr), 403);
}

}  // namespace
}  // namespace gthulhu::rest
