// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "net/server_fixture.h"

namespace gthulhu::net {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: here\r\n\r\n";
}

TEST(Server, answers_with_length_type_and_date_and_keeps_the_connection) {
  Serving serving;
  RawPeer peer(serving.port());
  for (const std::string path : {"/quick/a", "/worker/b"}) {
    ASSERT_TRUE(peer.send(get(path)));
    const std::string response = peer.response();
    EXPECT_EQ(status_of(response), 200);
    EXPECT_EQ(body_of(response), "GET " + path + " ");
    EXPECT_THAT(response, HasSubstr("Content-Type: text/plain\r\n"));
    EXPECT_THAT(response, HasSubstr("\r\nDate: "));
    EXPECT_THAT(response, HasSubstr(" GMT\r\n"));
    EXPECT_THAT(response, Not(HasSubstr("Connection:")));
  }
}

TEST(Server, answers_pipelined_requests_in_their_order) {
  Serving serving;
  RawPeer peer(serving.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += get((i % 3 == 0 ? "/worker/" : "/quick/") + std::to_string(i));
  }
  ASSERT_TRUE(peer.send(requests));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(body_of(peer.response()), HasSubstr("/" + std::to_string(i) + " "));
  }
}

TEST(Server, closes_when_the_client_asks_for_it) {
  Serving serving;
  const std::vector<std::string> requests = {
      "GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /quick HTTP/1.0\r\n\r\n"};
  for (const std::string& request : requests) {
    RawPeer peer(serving.port());
    ASSERT_TRUE(peer.send(request));
    const std::string response = peer.rest();
    EXPECT_EQ(status_of(response), 200) << request;
    EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(peer.closed_in_order());
  }
}

TEST(Server, keeps_the_connection_of_an_old_client_that_asks_for_it) {
  Serving serving;
  RawPeer peer(serving.port());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(peer.send("GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_THAT(peer.response(), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST(Server, sends_no_body_to_head_and_with_204) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send("HEAD /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string to_head = peer.rest();
  EXPECT_THAT(to_head, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_EQ(body_of(to_head), "");

  RawPeer other(serving.port());
  ASSERT_TRUE(other.send(get("/quick/empty") + get("/quick/next")));
  const std::string empty = other.response();
  EXPECT_EQ(status_of(empty), 204);
  EXPECT_THAT(empty, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(body_of(other.response()), HasSubstr("/quick/next"));
}

TEST(Server, reads_bodies_with_a_length_and_in_chunks) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send("POST /quick HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel"));
  ASSERT_TRUE(peer.send("lo"));
  EXPECT_EQ(body_of(peer.response()), "POST /quick hello");
  ASSERT_TRUE(
      peer.send("POST /quick HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3;a=b\r\nhel\r\n2\r"));
  ASSERT_TRUE(peer.send("\nlo\r\n0\r\nX-Trailer: t\r\n\r\n" + get("/quick/next")));
  EXPECT_EQ(body_of(peer.response()), "POST /quick hello");
  EXPECT_THAT(body_of(peer.response()), HasSubstr("/quick/next"));
}

TEST(Server, takes_bodies_as_large_as_the_limit) {
  Serving serving;
  RawPeer peer(serving.port());
  const std::string body(1024 * 1024, 'b');
  ASSERT_TRUE(
      peer.send("POST /worker/size HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + body));
  EXPECT_EQ(body_of(peer.response()), "1048576");
}

TEST(Server, sends_continue_only_when_it_wants_the_body) {
  Serving serving;
  RawPeer peer(serving.port());
  const std::string head = "POST /quick HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n";
  ASSERT_TRUE(peer.send(head + "Content-Length: 2\r\n\r\n"));
  EXPECT_EQ(peer.response(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(peer.send("ok"));
  EXPECT_EQ(body_of(peer.response()), "POST /quick ok");

  ASSERT_TRUE(peer.send(head + "Content-Length: 9999999\r\n\r\n"));
  EXPECT_EQ(status_of(peer.rest()), 413);
  EXPECT_TRUE(peer.closed_in_order());
}

TEST(Server, closes_after_a_refusal_even_if_more_requests_follow) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send("BROKEN\r\n\r\n" + get("/quick/never")));
  peer.finish_sending();
  const std::string all = peer.rest();
  EXPECT_EQ(status_of(all), 400);
  EXPECT_THAT(all, Not(HasSubstr("never")));
  EXPECT_TRUE(peer.closed_in_order());
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST(Server, names_each_request_in_its_answer_by_the_clients_id_or_one_of_its_own) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send("GET /quick/id HTTP/1.1\r\nHost: a\r\nX-Request-ID: mine-1\r\n\r\n"));
  const std::string own = peer.response();
  EXPECT_THAT(own, HasSubstr("X-Request-ID: mine-1\r\n"));
  EXPECT_THAT(body_of(own), HasSubstr("mine-1"));
  ASSERT_TRUE(peer.send("GET /worker/id HTTP/1.1\r\nHost: a\r\nX-Request-ID: a \"b\r\n\r\n"));
  const std::string made = peer.response();
  EXPECT_THAT(made, Not(HasSubstr("a \"b")));
  EXPECT_THAT(made, HasSubstr("X-Request-ID: " + body_of(made) + "\r\n"));
}

TEST(Server, names_requests_that_it_refuses_itself_too) {
  ServerLimits limits = quick_limits();
  limits.body_bytes = 10;
  Serving serving(limits);
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(
      "PUT /quick HTTP/1.1\r\nHost: a\r\nX-Request-ID: big1\r\nContent-Length: 11\r\n\r\n"));
  const std::string refused = peer.response();
  EXPECT_EQ(status_of(refused), 413);
  EXPECT_THAT(refused, HasSubstr("X-Request-ID: big1\r\n"));
  EXPECT_THAT(body_of(refused), HasSubstr(R"("code":"too_large","requestId":"big1"})"));
}

TEST(Server, tells_of_each_answer_with_all_that_is_known_of_the_request) {
  std::vector<std::string> told;
  std::atomic<std::size_t> connections{0};
  const auto network = NetworkThread::start().value();
  WorkerPool workers;
  PathHandler handler;
  ServerSettings settings{.address = {"127.0.0.1", 0}, .limits = quick_limits()};
  settings.connections = &connections;
  settings.answered = [&told](const Answered& answered) {
    EXPECT_GE(answered.took.count(), 0);
    told.push_back(answered.request.method + " " + answered.request.path + " " +
                   std::to_string(answered.response.status) + " " + answered.request.request_id);
  };
  auto server =
      Server::start(*network, {workers, workers, workers}, handler, std::move(settings)).value();
  RawPeer peer(server->port());
  for (const std::string path : {"/quick", "/worker/x"}) {
    ASSERT_TRUE(peer.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nX-Request-ID: i\r\n\r\n"));
    EXPECT_EQ(status_of(peer.response()), 200);
  }
  EXPECT_EQ(connections, 1);
  ASSERT_TRUE(peer.send("BROKEN\r\n\r\n"));
  EXPECT_EQ(status_of(peer.rest()), 400);
  server.reset();
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[0], "GET /quick 200 i");
  EXPECT_EQ(told[1], "GET /worker/x 200 i");
  EXPECT_THAT(told[2], HasSubstr(" 400 "));
  EXPECT_EQ(connections, 0);
}

TEST(Server, turns_exceptions_into_a_500_and_reports_them) {
  Serving serving;
  RawPeer peer(serving.port());
  for (const std::string path : {"/quick/throw", "/worker/throw"}) {
    ASSERT_TRUE(peer.send(get(path)));
    const std::string response = peer.response();
    EXPECT_EQ(status_of(response), 500);
    EXPECT_THAT(
        body_of(response),
        StartsWith(R"({"success":false,"error":"Internal Server Error","code":"internal",)"));
    EXPECT_THAT(serving.reports(), Contains(HasSubstr("GET " + path + ": the handler fell over")));
  }
}

TEST(Server, never_sends_a_header_with_a_line_end_in_it) {
  Serving serving;
  RawPeer peer(serving.port());
  for (const std::string path : {"/quick/inject", "/worker/inject"}) {
    ASSERT_TRUE(peer.send(get(path)));
    const std::string response = peer.response();
    EXPECT_EQ(status_of(response), 500);
    EXPECT_THAT(response, Not(HasSubstr("X-Evil")));
  }
  EXPECT_THAT(serving.reports(), SizeIs(2));
}

TEST(Server, sends_large_answers_whole) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(peer.send(get("/worker/big") + get("/quick/after")));
  EXPECT_EQ(body_of(peer.response()).size(), 4U * 1024 * 1024);
  EXPECT_THAT(body_of(peer.response()), HasSubstr("/quick/after"));
}

TEST(Server, sends_a_fixed_body_whole_and_then_the_next_answer) {
  Serving serving;
  RawPeer peer(serving.port());
  ASSERT_TRUE(
      peer.send("GET /quick/fixed HTTP/1.1\r\nHost: h\r\n\r\n"
                "HEAD /quick/fixed HTTP/1.1\r\nHost: h\r\n\r\n"
                "GET /quick/next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string all = peer.rest();
  const std::size_t body = all.find("\r\n\r\n") + 4;
  EXPECT_THAT(all.substr(0, body), HasSubstr("Content-Length: 4194304\r\n"));
  EXPECT_EQ(all.compare(body, serving.handler.fixed.size(), serving.handler.fixed), 0);
  const std::string later = all.substr(body + serving.handler.fixed.size());
  EXPECT_TRUE(later.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(later, HasSubstr("\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(later.ends_with("GET /quick/next "));
}

TEST(Server, answers_two_hundred_connections_at_once) {
  Serving serving(quick_limits(), {.threads = 4, .queue = 400});
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<RawPeer>(serving.port()));
    ASSERT_TRUE(peers.back()->connected());
  }
  for (int round = 0; round < 3; ++round) {
    for (auto& peer : peers) ASSERT_TRUE(peer->send(get("/worker/x") + get("/quick/y")));
    for (auto& peer : peers) {
      EXPECT_EQ(body_of(peer->response()), "GET /worker/x ");
      EXPECT_EQ(body_of(peer->response()), "GET /quick/y ");
    }
  }
  EXPECT_EQ(serving.handler.handled, 1200);
}

TEST(Server, shares_a_thread_with_other_servers) {
  Serving serving;
  PathHandler other;
  auto second =
      Server::start(serving.network(), serving.pools(), other, {.address = {"127.0.0.1", 0}});
  ASSERT_TRUE(second);
  ASSERT_NE((*second)->port(), serving.port());
  RawPeer first_peer(serving.port());
  RawPeer second_peer((*second)->port());
  ASSERT_TRUE(second_peer.send(get("/worker/2")));
  ASSERT_TRUE(first_peer.send(get("/worker/1")));
  EXPECT_EQ(body_of(first_peer.response()), "GET /worker/1 ");
  EXPECT_EQ(body_of(second_peer.response()), "GET /worker/2 ");
  EXPECT_EQ(other.handled, 1);
}

TEST(Server, names_the_address_that_it_cannot_listen_on) {
  Serving serving;
  PathHandler other;
  const auto second = Server::start(serving.network(), serving.pools(), other,
                                    {.address = {"127.0.0.1", serving.port()}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(serving.port())));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(Server, listens_on_all_addresses_without_a_host) {
  Serving serving;
  PathHandler handler;
  const auto all = Server::start(serving.network(), serving.pools(), handler, {.address = {"", 0}});
  ASSERT_TRUE(all);
  RawPeer peer((*all)->port());
  ASSERT_TRUE(peer.send(get("/quick")));
  EXPECT_EQ(status_of(peer.response()), 200);
}

TEST(ServerStop, lets_a_request_under_way_be_answered) {
  Serving serving;
  RawPeer busy(serving.port());
  RawPeer idle(serving.port());
  ASSERT_TRUE(idle.send(get("/quick")));
  ASSERT_EQ(status_of(idle.response()), 200);
  ASSERT_TRUE(busy.send(get("/worker/gate")));
  ASSERT_TRUE(serving.handler.gate.wait_for(1));

  auto stopped = std::async(std::launch::async, [&] { return serving.server().stop(10s); });
  EXPECT_EQ(idle.rest(), "");  // idle connections end at once
  EXPECT_TRUE(idle.closed_in_order());
  serving.handler.gate.open();
  const std::string answer = busy.rest();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(stopped.get());
  EXPECT_FALSE(RawPeer(serving.port()).connected());
}

TEST(ServerStop, cuts_off_what_takes_longer_than_the_grace) {
  Serving serving;
  RawPeer busy(serving.port());
  ASSERT_TRUE(busy.send(get("/worker/gate")));
  ASSERT_TRUE(serving.handler.gate.wait_for(1));
  EXPECT_FALSE(serving.server().stop(20ms));
  EXPECT_EQ(busy.rest(), "");
}

TEST(ServerStop, may_be_asked_for_twice_and_with_many_connections_open) {
  Serving serving;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 50; ++i) {
    peers.push_back(std::make_unique<RawPeer>(serving.port()));
    ASSERT_TRUE(peers.back()->send(i % 2 == 0 ? get("/worker") : "GET /half"));
  }
  serving.server().stop(50ms);
  EXPECT_TRUE(serving.server().stop(50ms));
}

}  // namespace
}  // namespace gthulhu::net
