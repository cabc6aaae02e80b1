// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <thread>

#include "net/server_fixture.h"

namespace gthulhu::net {
namespace {

using testing::HasSubstr;

std::string post_head(const std::string& field) {
  return "POST /quick/size HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n";
}

TEST(Limits, a_declared_body_above_the_limit_is_a_413_that_the_client_can_read) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(post_head("Content-Length: 10485760")));
  // It sends all of it before it looks at the answer.
  ASSERT_TRUE(peer.send(std::string(10 * 1024 * 1024, 'x')));
  peer.finish_sending();
  const std::string response = peer.rest();
  EXPECT_EQ(status_of(response), 413);
  EXPECT_THAT(response, HasSubstr("larger than 1048576 bytes"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(peer.closed_in_order());
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST(Limits, a_streamed_body_above_the_limit_is_a_413_that_the_client_can_read) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(post_head("Transfer-Encoding: chunked")));
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(peer.send(chunk));
  peer.finish_sending();
  EXPECT_EQ(status_of(peer.rest()), 413);
  EXPECT_TRUE(peer.closed_in_order());
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST(Limits, a_head_above_the_limit_is_a_431) {
  Serving serving;
  RawPeer one_field(serving.port());
  ASSERT_TRUE(one_field.send("GET /quick HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'x')));
  one_field.finish_sending();
  EXPECT_EQ(status_of(one_field.rest()), 431);

  RawPeer many_fields(serving.port());
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += "X-Field: 123456789\r\n";
  ASSERT_TRUE(many_fields.send("GET /quick HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"));
  many_fields.finish_sending();
  EXPECT_EQ(status_of(many_fields.rest()), 431);

  RawPeer target(serving.port());
  ASSERT_TRUE(target.send("GET /" + std::string(20000, 'x')));
  target.finish_sending();
  EXPECT_EQ(status_of(target.rest()), 431);
}

TEST(Limits, an_endless_chunk_line_or_trailer_is_refused) {
  Serving serving;
  RawPeer extension(serving.port());
  ASSERT_TRUE(
      extension.send(post_head("Transfer-Encoding: chunked") + "1;" + std::string(30000, 'x')));
  extension.finish_sending();
  EXPECT_EQ(status_of(extension.rest()), 400);

  RawPeer trailer(serving.port());
  ASSERT_TRUE(
      trailer.send(post_head("Transfer-Encoding: chunked") + "0\r\nX: " + std::string(30000, 'x')));
  trailer.finish_sending();
  EXPECT_EQ(status_of(trailer.rest()), 400);
}

TEST(Limits, a_head_or_body_that_trickles_in_is_a_408) {
  ServerLimits limits = quick_limits();
  limits.head = 150ms;
  limits.body = 150ms;
  Serving serving(limits);
  const std::vector<std::string> beginnings = {"GET /quick HTTP/1.1\r\nHo",
                                               post_head("Content-Length: 100") + "x"};
  for (const std::string& beginning : beginnings) {
    RawPeer peer(serving.port());
    ASSERT_TRUE(peer.send(beginning));
    // More bytes do not buy more time.
    std::jthread trickle([&peer](const std::stop_token& stop) {
      while (!stop.stop_requested() && peer.send("a")) std::this_thread::sleep_for(20ms);
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(status_of(peer.response()), 408) << beginning;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  }
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST(Limits, an_idle_connection_is_closed_without_a_word) {
  ServerLimits limits = quick_limits();
  limits.idle = 50ms;
  Serving serving(limits);
  RawPeer fresh(serving.port());
  EXPECT_EQ(fresh.rest(), "");
  EXPECT_TRUE(fresh.closed_in_order());
  RawPeer used(serving.port());
  ASSERT_TRUE(used.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(used.response()), 200);
  EXPECT_EQ(used.rest(), "");
  EXPECT_TRUE(used.closed_in_order());
}

TEST(Limits, a_client_that_does_not_read_is_cut_off) {
  ServerLimits limits = quick_limits();
  limits.write = 100ms;
  limits.linger = 100ms;
  Serving serving(limits);
  RawPeer peer(serving.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += "GET /quick/big HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(peer.send(requests));
  ASSERT_EQ(status_of(peer.response()), 200);
  // The others do not fit into the sockets' buffers. The server ends because it gives up on them.
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(serving.server().stop(10s));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

// A budget for two answers to /quick/big, none of which the system's buffers hold whole.
ServerLimits room_for_two() {
  ServerLimits limits = quick_limits();
  limits.answer_bytes = 10UL * 1024 * 1024;
  return limits;
}

constexpr std::string_view big_request = "GET /quick/big HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::size_t big_size = 4UL * 1024 * 1024;

// Peers that asked for a large answer and do not read it.
std::vector<std::unique_ptr<RawPeer>> slow_readers(Serving& serving, int count) {
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<RawPeer>(serving.port()));
    peers.back()->receive_little();
    EXPECT_TRUE(peers.back()->send(big_request));
  }
  return peers;
}

TEST(Limits, large_answers_that_do_not_fit_beside_others_are_a_503_and_small_ones_go_out) {
  Serving serving(room_for_two());
  const auto slow = slow_readers(serving, 2);
  while (serving.handler.handled < 2) std::this_thread::sleep_for(1ms);
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(big_request));
  const std::string refused = peer.response();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  ASSERT_TRUE(peer.send("GET /quick/small HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(peer.response()), 200);
  ASSERT_TRUE(peer.send("GET /quick/fixed HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(body_of(peer.response()).size(), big_size) << "it holds no memory";
  // Those that were there get theirs, and then there is room.
  for (const auto& reader : slow) EXPECT_EQ(body_of(reader->response()).size(), big_size);
  ASSERT_TRUE(peer.send(big_request));
  EXPECT_EQ(status_of(peer.response()), 200);
}

TEST(Limits, who_reads_slowly_makes_room_for_others) {
  ServerLimits limits = room_for_two();
  limits.slow_reader = 200ms;
  Serving serving(limits);
  const auto slow = slow_readers(serving, 2);
  while (serving.handler.handled < 2) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(300ms);
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(big_request));
  EXPECT_EQ(body_of(peer.response()).size(), big_size);
  EXPECT_LT(body_of(slow[0]->response()).size(), big_size) << "the first one was cut off";
  EXPECT_EQ(body_of(slow[1]->response()).size(), big_size);
}

TEST(Limits, an_answer_larger_than_the_budget_goes_out_alone) {
  ServerLimits limits = quick_limits();
  limits.answer_bytes = 1024UL * 1024;
  Serving serving(limits);
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(big_request));
  EXPECT_EQ(body_of(peer.response()).size(), big_size);
}

TEST(Limits, a_full_queue_of_workers_is_a_503_at_once) {
  Serving serving(quick_limits(), {.threads = 1, .queue = 1});
  const std::string request = "GET /worker/gate HTTP/1.1\r\nHost: h\r\n\r\n";
  RawPeer running(serving.port());
  ASSERT_TRUE(running.send(request));
  ASSERT_TRUE(serving.handler.gate.wait_for(1));
  // Of three more one waits, and two find the queue full.
  std::vector<std::unique_ptr<RawPeer>> peers;
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<RawPeer>(serving.port()));
    ASSERT_TRUE(peers.back()->send(request));
    answers.push_back(std::async(std::launch::async, &RawPeer::response, peers.back().get()));
  }
  const auto answered = [&answers] {
    return std::count_if(answers.begin(), answers.end(), [](auto& answer) {
      return answer.wait_for(10ms) == std::future_status::ready;
    });
  };
  while (answered() < 2) {
  }

  // What is quick is still answered.
  RawPeer quick(serving.port());
  ASSERT_TRUE(quick.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(quick.response()), 200);

  serving.handler.gate.open();
  EXPECT_EQ(status_of(running.response()), 200);
  int served = 0;
  for (auto& future : answers) {
    const std::string answer = future.get();
    if (status_of(answer) == 200) ++served;
    if (status_of(answer) != 200) {
      EXPECT_EQ(status_of(answer), 503);
      EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
    }
  }
  EXPECT_EQ(served, 1);
}

TEST(Limits, a_handler_that_hangs_is_a_503_and_does_not_hold_the_connection) {
  ServerLimits limits = quick_limits();
  limits.handler = 50ms;
  Serving serving(limits);
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send("GET /worker/gate HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(peer.response()), 503);
  ASSERT_TRUE(peer.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(peer.response()), 200);
}

TEST(Limits, connections_above_the_limit_get_a_503) {
  ServerLimits limits = quick_limits();
  limits.connections = 2;
  limits.refused_connections = 1;
  Serving serving(limits);
  std::vector<std::unique_ptr<RawPeer>> served;
  for (int i = 0; i < 2; ++i) {
    served.push_back(std::make_unique<RawPeer>(serving.port()));
    ASSERT_TRUE(served.back()->send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
    ASSERT_EQ(status_of(served.back()->response()), 200);
  }
  RawPeer refused(serving.port());
  ASSERT_TRUE(refused.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(refused.response()), 503);
  RawPeer dropped(serving.port());
  EXPECT_EQ(dropped.rest(), "");
}

TEST(ServerLimits, hashing_passwords_occupies_no_other_worker_and_is_refused_beyond_its_queue) {
  Serving serving;  // one thread for passwords, one place in its queue
  RawPeer first(serving.port());
  RawPeer second(serving.port());
  RawPeer third(serving.port());
  ASSERT_TRUE(first.send("GET /password/gate HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(serving.handler.gate.wait_for(1));
  ASSERT_TRUE(second.send("GET /password/next HTTP/1.1\r\nHost: a\r\n\r\n"));
  while (serving.pools().password_workers.waiting() == 0) std::this_thread::yield();
  ASSERT_TRUE(third.send("GET /password/much HTTP/1.1\r\nHost: a\r\n\r\n"));
  const std::string refused = third.response();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_NE(refused.find("busy"), std::string::npos);
  ASSERT_TRUE(third.send("GET /worker/other HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(status_of(third.response()), 200);
  serving.handler.gate.open();
  EXPECT_EQ(status_of(first.response()), 200);
  EXPECT_EQ(status_of(second.response()), 200);
}

}  // namespace
}  // namespace gthulhu::net
