// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "net/channel.h"
#include "net/client_identity.h"
#include "net/loop_for_test.h"
#include "net/relay_for_test.h"
#include "net/server_fixture.h"
#include "net/test_certificates.h"

namespace gthulhu::net {
namespace {

using testing::HasSubstr;

class ChannelTls : public testing::Test {
 protected:
  TlsSettings server_settings() const {
    return {server_.certificate_pem, server_.key_pem, std::nullopt};
  }
  std::unique_ptr<Channel> channel_to(std::uint16_t port) {
    ClientSettings settings;
    settings.url = "https://127.0.0.1:" + std::to_string(port);
    settings.ca_pem = authority_.certificate_pem();
    return Channel::create(settings, loop_.executor()).value();
  }

  const TestAuthority authority_{"servers"};
  const TestAuthority::Pair server_ = authority_.issue("server", "IP:127.0.0.1");
  LoopForTest loop_;
};

TEST_F(ChannelTls, connects_anew_when_the_server_closed_the_idle_connection) {
  for (const std::string method : {"POST", "GET"}) {
    Serving serving(quick_limits(), {}, server_settings());
    const auto channel = channel_to(serving.port());
    ASSERT_TRUE(loop_.finish(channel->send({.target = "/quick"}, 10s)));
    ASSERT_TRUE(serving.server().stop(10s));
    PathHandler handler;
    const auto again =
        Server::start(serving.network(), serving.pools(), handler,
                      {.address = {"127.0.0.1", serving.port()}, .tls = server_settings()});
    ASSERT_TRUE(again) << again.error().text();
    const auto got = loop_.finish(channel->send({.method = method, .target = "/quick"}, 10s));
    ASSERT_TRUE(got) << method << " " << got.error().text();
  }
}

TEST_F(ChannelTls, notices_a_half_open_connection_at_the_deadline_and_leaves_it) {
  Serving serving(quick_limits(), {}, server_settings());
  Relay network(serving.port());
  const auto channel = channel_to(network.port());
  ASSERT_TRUE(loop_.finish(channel->send({.target = "/quick"}, 10s)));
  network.fall_silent();
  const auto lost = loop_.finish(channel->send({.target = "/quick"}, 100ms));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::timeout);
  EXPECT_TRUE(loop_.finish(channel->send({.target = "/quick"}, 10s)));
}

TEST_F(ChannelTls, gives_up_in_time_on_a_server_that_does_not_shake_hands) {
  const Listener silent;
  const auto channel = channel_to(silent.port());
  const auto got = loop_.finish(channel->send({}, 50ms));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::timeout);
}

TEST_F(ChannelTls, may_be_closed_or_destroyed_while_it_shakes_hands_or_waits) {
  Serving serving(quick_limits(), {}, server_settings());
  const Listener silent;
  for (const bool is_destroyed : {false, true}) {
    for (const bool is_connected : {false, true}) {
      auto channel = channel_to(is_connected ? serving.port() : silent.port());
      const int before = serving.handler.handled;
      const Answer answer = loop_.start(channel->send({.target = "/worker/gate"}, 1h));
      int turns = 0;
      loop_.run_until(
          [&] { return is_connected ? serving.handler.handled > before : ++turns > 20; });
      if (is_destroyed) {
        channel.reset();
      } else {
        channel->close();
      }
      loop_.run();
      ASSERT_TRUE(answer->has_value());
      ASSERT_FALSE(answer->value());
      EXPECT_EQ((*answer)->error().code, Errc::unavailable);
      EXPECT_THAT((*answer)->error().message, HasSubstr("stopped"));
    }
  }
}

TEST_F(ChannelTls, after_close_nothing_is_asked) {
  Serving serving(quick_limits(), {}, server_settings());
  const auto channel = channel_to(serving.port());
  ASSERT_TRUE(loop_.finish(channel->send({.target = "/quick"}, 10s)));
  channel->close();
  const auto late = loop_.finish(channel->send({.target = "/quick"}, 10s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST_F(ChannelTls, many_share_one_identity) {
  Serving serving(quick_limits(), {}, server_settings());
  auto identity = ClientIdentity::create({.ca_pem = authority_.certificate_pem()});
  ASSERT_TRUE(identity);
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<Answer> answers;
  for (int i = 0; i < 50; ++i) {
    ClientSettings settings;
    settings.url = "https://127.0.0.1:" + std::to_string(serving.port());
    settings.identity = *identity;
    channels.push_back(Channel::create(settings, loop_.executor()).value());
  }
  identity->reset();
  for (const auto& channel : channels) {
    answers.push_back(loop_.start(channel->send({.target = "/quick"}, 10s)));
  }
  loop_.run();
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer->has_value());
    EXPECT_TRUE((*answer)->has_value()) << (*answer)->error().text();
  }
}

TEST_F(ChannelTls, an_identity_stands_in_place_of_the_other_settings) {
  ClientSettings settings;
  settings.url = "https://127.0.0.1:1";
  settings.ca_pem = authority_.certificate_pem();
  settings.identity = ClientIdentity::create({.ca_pem = authority_.certificate_pem()}).value();
  const auto both = Channel::create(settings, loop_.executor());
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Errc::invalid_argument);
  EXPECT_FALSE(ClientIdentity::create({.ca_pem = "nonsense"}));
}

}  // namespace
}  // namespace gthulhu::net
