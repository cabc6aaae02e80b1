// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <gmock/gmock.h>

#include "net/client.h"
#include "net/server_fixture.h"
#include "net/test_certificates.h"

namespace gthulhu::net {
namespace {

using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  TlsSettings server_settings(bool mutual) const {
    TlsSettings settings{server_.certificate_pem, server_.key_pem, std::nullopt};
    if (mutual) settings.client_ca_pem = clients_.certificate_pem();
    return settings;
  }

  ClientSettings client_settings(const Serving& serving) const {
    ClientSettings settings;
    settings.url = "https://127.0.0.1:" + std::to_string(serving.port());
    settings.ca_pem = servers_.certificate_pem();
    return settings;
  }

  static Result<Response> ask(const ClientSettings& settings, const std::string& target) {
    const auto client = TRY(Client::create(settings));
    return client->send({.target = target}, 10s);
  }

  const TestAuthority servers_{"servers"};
  const TestAuthority clients_{"clients"};
  const TestAuthority::Pair server_ = servers_.issue("server", "IP:127.0.0.1,DNS:gthulhu.test");
};

TEST_F(Tls, serves_clients_that_know_the_authority) {
  Serving serving(quick_limits(), {}, server_settings(false));
  const auto client = Client::create(client_settings(serving)).value();
  for (int i = 0; i < 3; ++i) {
    const auto response = client->send({.target = "/quick/who"}, 10s);
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->body, "nobody");
  }
  const std::string body(700'000, 'x');
  const auto large = client->send({.method = "POST", .target = "/worker/size", .body = body}, 10s);
  ASSERT_TRUE(large) << large.error().text();
  EXPECT_EQ(large->body, "700000");
  const auto big = client->send({.target = "/worker/big"}, 10s);
  ASSERT_TRUE(big) << big.error().text();
  EXPECT_EQ(big->body.size(), 4U * 1024 * 1024);
}

TEST_F(Tls, a_client_refuses_a_server_that_it_cannot_trust) {
  Serving serving(quick_limits(), {}, server_settings(false));
  ClientSettings stranger = client_settings(serving);
  stranger.ca_pem = clients_.certificate_pem();
  const auto untrusted = ask(stranger, "/quick");
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().code, Errc::unavailable);
  EXPECT_THAT(untrusted.error().message, HasSubstr("check the CA file"));

  ClientSettings other_name = client_settings(serving);
  other_name.server_name = "elsewhere.test";
  EXPECT_FALSE(ask(other_name, "/quick"));
  other_name.server_name = "gthulhu.test";
  EXPECT_TRUE(ask(other_name, "/quick"));
  EXPECT_EQ(serving.handler.handled, 1);
}

TEST_F(Tls, mutual_lets_only_known_clients_in_and_says_who_they_are) {
  Serving serving(quick_limits(), {}, server_settings(true));
  ClientSettings settings = client_settings(serving);
  const auto nameless = ask(settings, "/quick/who");
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, Errc::unavailable);

  const auto stranger = servers_.issue("stranger", "");
  settings.certificate_pem = stranger.certificate_pem;
  settings.private_key_pem = stranger.key_pem;
  EXPECT_FALSE(ask(settings, "/quick/who"));
  EXPECT_EQ(serving.handler.handled, 0);

  const auto known = clients_.issue("agent", "URI:node:n1,DNS:n1.test");
  settings.certificate_pem = known.certificate_pem;
  settings.private_key_pem = known.key_pem;
  const auto response = ask(settings, "/quick/who");
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->body, "CN=agent node:n1 n1.test");
}

TEST_F(Tls, a_plain_client_and_a_silent_one_are_turned_away) {
  ServerLimits limits = quick_limits();
  limits.handshake = 50ms;
  Serving serving(limits, {}, server_settings(false));
  RawPeer plain(serving.port());
  ASSERT_TRUE(plain.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(plain.rest(), testing::Not(HasSubstr("HTTP/1.1")));
  RawPeer silent(serving.port());
  EXPECT_EQ(silent.rest(), "");
  EXPECT_TRUE(silent.closed_in_order());
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST_F(Tls, a_refused_body_is_answered_through_tls_too) {
  Serving serving(quick_limits(), {}, server_settings(false));
  const std::string body(3'000'000, 'x');
  const auto client = Client::create(client_settings(serving)).value();
  const auto response = client->send({.method = "POST", .target = "/quick", .body = body}, 10s);
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 413);
}

TEST_F(Tls, a_new_certificate_is_for_new_connections_and_cuts_no_old_one) {
  Serving serving(quick_limits(), {}, server_settings(false));
  const auto old_client = Client::create(client_settings(serving)).value();
  ASSERT_TRUE(old_client->send({.target = "/quick"}, 10s));

  const auto other = clients_.issue("server", "IP:127.0.0.1");
  ASSERT_TRUE(serving.server().change_tls({other.certificate_pem, other.key_pem, {}}));
  EXPECT_FALSE(ask(client_settings(serving), "/quick"));
  ClientSettings renewed = client_settings(serving);
  renewed.ca_pem = clients_.certificate_pem();
  EXPECT_TRUE(ask(renewed, "/quick"));
  EXPECT_TRUE(old_client->send({.target = "/quick"}, 10s));  // on the connection of before

  // What cannot be used changes nothing.
  EXPECT_FALSE(serving.server().change_tls({other.certificate_pem, server_.key_pem, {}}));
  EXPECT_TRUE(ask(renewed, "/quick"));
}

TEST_F(Tls, settings_that_cannot_be_used_are_errors_at_start) {
  const auto network = NetworkThread::start().value();
  WorkerPool workers;
  WorkerPool password_workers;
  PathHandler handler;
  const TlsSettings good = server_settings(true);
  const auto other = servers_.issue("other", "");
  const std::vector<std::pair<TlsSettings, std::string>> cases = {
      {{"", good.private_key_pem, {}}, "certificate"},
      {{"nonsense", good.private_key_pem, {}}, "certificate"},
      {{good.certificate_pem, "", {}}, "private key"},
      {{good.certificate_pem, other.key_pem, {}}, "private key"},
      {{good.certificate_pem, good.private_key_pem, ""}, "CA"},
      {{good.certificate_pem, good.private_key_pem, "nonsense"}, "CA"},
      {{good.certificate_pem, good.private_key_pem,
        *good.client_ca_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
       "CA"},
  };
  for (const auto& [settings, part] : cases) {
    const auto server = Server::start(*network, {workers, password_workers, workers}, handler,
                                      {.address = {"127.0.0.1", 0}, .tls = settings});
    ASSERT_FALSE(server) << part;
    EXPECT_EQ(server.error().code, Errc::invalid_argument);
    EXPECT_THAT(server.error().message, HasSubstr(part));
  }
}

}  // namespace
}  // namespace gthulhu::net
