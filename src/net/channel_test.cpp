// SPDX-License-Identifier: Apache-2.0
#include "net/channel.h"

#include <gmock/gmock.h>

#include <thread>

#include "net/listener_for_test.h"
#include "net/loop_for_test.h"
#include "net/relay_for_test.h"
#include "net/server_fixture.h"

namespace gthulhu::net {
namespace {

using testing::HasSubstr;

constexpr std::string_view kept = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr StreamTimeouts patient{10s, 10s};

std::unique_ptr<Channel> channel_to(std::uint16_t port,
                                    LoopForTest& loop,
                                    const std::string& host = "127.0.0.1") {
  ClientSettings settings;
  settings.url = "http://" + host + ":" + std::to_string(port);
  return Channel::create(settings, loop.executor()).value();
}

// Waits for a request on a connection that is there, and reads it.
void read_request(const Fd& peer) {
  char head[4096];
  (void)::recv(peer.get(), head, sizeof head, 0);
}

void send(const Fd& peer, std::string_view bytes) {
  (void)::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

TEST(Channel, sends_requests_over_one_connection) {
  ServerLimits limits = quick_limits();
  limits.connections = 1;
  limits.refused_connections = 0;
  Serving serving(limits);
  LoopForTest loop;
  const auto channel = channel_to(serving.port(), loop);
  for (int i = 0; i < 5; ++i) {
    const auto got = loop.finish(channel->send({.target = "/quick/a"}, 10s));
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->body, "GET /quick/a ");
  }
  const auto posted =
      loop.finish(channel->send({.method = "POST", .target = "/worker", .body = "text"}, 10s));
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->body, "POST /worker text");
}

TEST(Channel, many_of_one_loop_ask_at_the_same_time) {
  Serving serving;
  LoopForTest loop;
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<Answer> answers;
  for (int i = 0; i < 200; ++i) channels.push_back(channel_to(serving.port(), loop));
  for (const auto& channel : channels) {
    answers.push_back(loop.start(channel->send({.target = "/quick"}, 10s)));
  }
  loop.run();
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer->has_value());
    EXPECT_TRUE((*answer)->has_value());
  }
}

TEST(Channel, looks_names_up) {
  Serving serving;
  LoopForTest loop;
  const auto channel = channel_to(serving.port(), loop, "localhost");
  const auto got = loop.finish(channel->send({.target = "/quick"}, 10s));
  ASSERT_TRUE(got) << got.error().text();
}

TEST(Channel, has_one_request_under_way) {
  const Listener server;
  LoopForTest loop;
  const auto channel = channel_to(server.port(), loop);
  const Answer first = loop.start(channel->send({}, 200ms));
  const auto second = loop.finish(channel->send({}, 10s));  // and the first
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->error().code, Errc::timeout);
}

TEST(Channel, gives_up_in_time_and_goes_on_over_a_new_connection) {
  Serving serving;
  LoopForTest loop;
  const auto channel = channel_to(serving.port(), loop);
  const auto slow = loop.finish(channel->send({.target = "/worker/gate"}, 50ms));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, Errc::timeout);
  EXPECT_TRUE(loop.finish(channel->send({.target = "/quick"}, 10s)));
}

TEST(Channel, each_piece_of_a_stream_has_its_own_time) {
  const Listener listener;
  std::thread server([&] {
    const Fd peer = listener.accept();
    send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 6; ++i) {
      std::this_thread::sleep_for(50ms);
      send(peer, "1\r\nx\r\n");
    }
    read_request(peer);  // until the client gives up
  });
  LoopForTest loop;
  const auto channel = channel_to(listener.port(), loop);
  std::string body;
  const BodySink sink = [&body](std::string_view piece) {
    body += piece;
    return true;
  };
  // Longer than the time to its head, shorter than the idle time of all pieces together.
  const auto got = loop.finish(channel->stream({}, sink, {200ms, 250ms}));
  channel->close();
  server.join();
  EXPECT_EQ(body, "xxxxxx");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::timeout);
}

TEST(Channel, connects_anew_when_the_server_closed_the_idle_connection) {
  for (const std::string method : {"POST", "GET"}) {
    for (const bool by_reset : {false, true}) {
      const Listener listener;
      std::thread server([&] {
        {
          const Fd peer = listener.accept();
          const linger none{.l_onoff = by_reset ? 1 : 0, .l_linger = 0};
          ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
          send(peer, kept);
        }
        listener.answer_once(kept);
      });
      LoopForTest loop;
      const auto channel = channel_to(listener.port(), loop);
      const auto first = loop.finish(channel->send({}, 10s));
      std::this_thread::sleep_for(50ms);
      const auto second = loop.finish(channel->send({.method = method}, 10s));
      server.join();
      // A reset may overtake even the first answer.
      EXPECT_TRUE(first || by_reset) << first.error().text();
      EXPECT_TRUE(second) << second.error().text();
    }
  }
}

TEST(Channel, asks_again_what_may_be_asked_twice_when_the_server_closes_in_that_instant) {
  for (const std::string method : {"POST", "GET"}) {
    const bool is_asked_again = method == "GET";
    const Listener listener;
    std::thread server([&] {
      {
        const Fd peer = listener.accept();
        send(peer, kept);
        read_request(peer);
      }
      if (is_asked_again) listener.answer_once(kept);
    });
    LoopForTest loop;
    const auto channel = channel_to(listener.port(), loop);
    const auto first = loop.finish(channel->send({}, 10s));
    const auto second = loop.finish(channel->send({.method = method}, 10s));
    server.join();
    EXPECT_TRUE(first) << first.error().text();
    EXPECT_EQ(second.has_value(), is_asked_again);
    if (!second) EXPECT_EQ(second.error().code, Errc::unavailable);
  }
}

TEST(Channel, notices_a_half_open_connection_at_the_deadline_and_leaves_it) {
  Serving serving;
  Relay network(serving.port());
  LoopForTest loop;
  const auto channel = channel_to(network.port(), loop);
  ASSERT_TRUE(loop.finish(channel->send({.target = "/quick"}, 10s)));
  network.fall_silent();
  const auto lost = loop.finish(channel->send({.target = "/quick"}, 100ms));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::timeout);
  EXPECT_TRUE(loop.finish(channel->send({.target = "/quick"}, 10s)));
  EXPECT_EQ(network.accepted(), 2);
}

TEST(Channel, says_after_close_that_it_was_stopped) {
  Serving serving;
  LoopForTest loop;
  const auto channel = channel_to(serving.port(), loop);
  ASSERT_TRUE(loop.finish(channel->send({.target = "/quick"}, 10s)));
  channel->close();
  for (int i = 0; i < 2; ++i) {
    const auto late = loop.finish(channel->send({.target = "/quick"}, 10s));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::unavailable);
    EXPECT_THAT(late.error().message, HasSubstr("stopped"));
  }
  EXPECT_EQ(serving.handler.handled, 1);
}

TEST(Channel, may_be_closed_or_destroyed_while_a_request_is_under_way) {
  // In its first turns it connects, later it waits for an answer.
  for (const bool is_connected : {false, true}) {
    for (const bool is_destroyed : {false, true}) {
      Serving serving;
      LoopForTest loop;
      auto channel = channel_to(serving.port(), loop, is_connected ? "127.0.0.1" : "localhost");
      const Answer answer = loop.start(channel->send({.target = "/worker/gate"}, 1h));
      if (is_connected) loop.run_until([&] { return serving.handler.handled > 0; });
      if (is_destroyed) {
        channel.reset();
      } else {
        channel->close();
      }
      loop.run();
      ASSERT_TRUE(answer->has_value());
      ASSERT_FALSE(answer->value());
      EXPECT_EQ((*answer)->error().code, Errc::unavailable);
      EXPECT_THAT((*answer)->error().message, HasSubstr("stopped"));
    }
  }
}

TEST(Channel, a_request_that_did_not_begin_before_the_channel_died_is_refused) {
  LoopForTest loop;
  auto channel = channel_to(1, loop);
  auto asking = channel->send({}, 10s);
  channel.reset();
  const auto got = loop.finish(std::move(asking));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
}

TEST(Channel, its_sink_may_destroy_it) {
  Serving serving;
  LoopForTest loop;
  auto channel = channel_to(serving.port(), loop);
  const BodySink sink = [&channel](std::string_view) {
    channel.reset();
    return true;
  };
  const auto got = loop.finish(channel->stream({.target = "/worker/big"}, sink, patient));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
}

TEST(Channel, is_usable_after_the_task_of_a_request_was_cancelled) {
  Serving serving;
  LoopForTest loop;
  const auto channel = channel_to(serving.port(), loop);
  const Answer cut = loop.start(channel->send({.target = "/worker/gate"}, 1h));
  loop.run_until([&] { return serving.handler.handled > 0; });
  loop.cancel();
  loop.run();
  const auto got = loop.finish(channel->send({.target = "/quick"}, 10s));
  ASSERT_TRUE(got) << got.error().text();
}

}  // namespace
}  // namespace gthulhu::net
