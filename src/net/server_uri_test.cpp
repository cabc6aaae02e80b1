// SPDX-License-Identifier: Apache-2.0
//
// Clients that know their server by a URI in its certificate.
#include <gmock/gmock.h>

#include "net/client.h"
#include "net/server_fixture.h"
#include "net/test_certificates.h"

namespace gthulhu::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ServerUri : public testing::Test {
 protected:
  // Asks a server with this certificate as one that expects node:n1.
  Result<Response> ask(const TestAuthority::Pair& shown, const std::string& server_name = "") {
    Serving serving(quick_limits(), {},
                    TlsSettings{shown.certificate_pem, shown.key_pem, std::nullopt});
    ClientSettings settings;
    settings.url = "https://127.0.0.1:" + std::to_string(serving.port());
    settings.ca_pem = nodes_.certificate_pem();
    settings.server_name = server_name;
    settings.server_uri = "node:n1";
    const auto client = TRY(Client::create(settings));
    auto response = client->send({.target = "/quick"}, 10s);
    EXPECT_EQ(serving.handler.handled, response ? 1 : 0);
    return response;
  }

  const TestAuthority nodes_{"nodes"};
};

TEST_F(ServerUri, is_enough_whatever_the_address) {
  for (const std::string names :
       {"URI:node:n1", "URI:node:n2,URI:node:n1,DNS:elsewhere.test", "IP:10.0.0.1,URI:node:n1"}) {
    const auto got = ask(nodes_.issue("node", names));
    EXPECT_TRUE(got) << names << " " << got.error().text();
  }
  EXPECT_TRUE(ask(nodes_.issue("node", "URI:node:n1"), "asked.test"));
}

TEST_F(ServerUri, that_is_another_one_is_refused_with_the_expected_one_named) {
  for (const std::string names :
       {"URI:node:n2,IP:127.0.0.1", "URI:node:n11", "URI:node:n", "URI:NODE:n1", "URI:node:n1/",
        "DNS:node:n1,IP:127.0.0.1", "email:node:n1", "IP:127.0.0.1", ""}) {
    const auto refused = ask(nodes_.issue("node:n1", names), "127.0.0.1");
    ASSERT_FALSE(refused) << names;
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("certificate is for node:n1")) << names;
    EXPECT_THAT(refused.error().detail, HasSubstr("another server's")) << names;
  }
}

TEST_F(ServerUri, does_not_make_up_for_a_certificate_that_is_no_good) {
  const TestAuthority strangers("nodes");
  const std::vector<std::pair<TestAuthority::Pair, std::string>> cases = {
      {nodes_.issue("node", "URI:node:n1", -30), "expired"},
      {strangers.issue("node", "URI:node:n1"), "signature"},
      {TestAuthority("others").issue("node", "URI:node:n1"), "issuer"},
  };
  for (const auto& [shown, reason] : cases) {
    const auto refused = ask(shown);
    ASSERT_FALSE(refused) << reason;
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("certificate is for node:n1"));
    EXPECT_THAT(refused.error().detail, HasSubstr(reason));
  }
}

TEST_F(ServerUri, cannot_be_shown_without_tls) {
  ClientSettings settings;
  settings.url = "http://127.0.0.1:1";
  settings.server_uri = "node:n1";
  const auto refused = Client::create(settings);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("https"), HasSubstr("node:n1")));
}

}  // namespace
}  // namespace gthulhu::net
