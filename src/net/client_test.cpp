// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "net/listener_for_test.h"
#include "net/server_fixture.h"

namespace gthulhu::net {
namespace {

using testing::HasSubstr;
using testing::Pointee;

std::unique_ptr<Client> client_of(std::uint16_t port, ClientLimits limits = {}) {
  ClientSettings settings;
  settings.url = "http://127.0.0.1:" + std::to_string(port);
  settings.limits = limits;
  return Client::create(settings).value();
}

TEST(Client, sends_requests_and_reads_answers) {
  Serving serving;
  const auto client = client_of(serving.port());
  const auto got = client->send({.target = "/quick/a?b=c"}, 10s);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /quick/a ");
  EXPECT_EQ(got->content_type, "text/plain");
  EXPECT_THAT(got->headers.find("content-length"), Pointee(std::string("13")));
  const auto posted = client->send({.method = "POST", .target = "/worker", .body = "text"}, 10s);
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->body, "POST /worker text");
  const auto head = client->send({.method = "HEAD", .target = "/quick"}, 10s);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
}

TEST(Client, uses_its_connection_again) {
  ServerLimits limits = quick_limits();
  limits.connections = 1;
  limits.refused_connections = 0;
  Serving serving(limits);
  const auto client = client_of(serving.port());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client->send({.target = "/quick"}, 10s));
}

TEST(Client, connects_anew_when_the_server_has_closed_meanwhile) {
  auto serving = std::make_unique<Serving>();
  const std::uint16_t port = serving->port();
  const auto client = client_of(port);
  ASSERT_TRUE(client->send({.target = "/quick"}, 10s));
  ASSERT_TRUE(serving->server().stop(10s));
  PathHandler handler;
  const auto again = Server::start(serving->network(), serving->pools(), handler,
                                   {.address = {"127.0.0.1", port}});
  ASSERT_TRUE(again) << again.error().text();
  for (const std::string method : {"POST", "GET"}) {
    const auto response = client->send({.method = method, .target = "/quick"}, 10s);
    ASSERT_TRUE(response) << response.error().text();
  }
}

TEST(Client, reads_the_refusal_of_a_large_body) {
  Serving serving;
  const auto client = client_of(serving.port());
  const std::string body(10 * 1024 * 1024, 'x');
  const auto refused = client->send({.method = "POST", .target = "/quick", .body = body}, 10s);
  ASSERT_TRUE(refused) << refused.error().text();
  EXPECT_EQ(refused->status, 413);
  ASSERT_TRUE(client->send({.target = "/quick"}, 10s));
}

TEST(Client, says_where_it_could_not_connect_and_what_to_check) {
  std::uint16_t port = 0;
  {
    const Listener gone;
    port = gone.port();
  }
  const auto refused = client_of(port)->send({}, 10s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(refused.error().message, HasSubstr("is the server running"));
}

TEST(Client, gives_up_in_time) {
  Serving serving;
  const auto client = client_of(serving.port());
  const auto slow = client->send({.target = "/worker/gate"}, 50ms);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, Errc::timeout);
  ASSERT_TRUE(client->send({.target = "/quick"}, 10s));
}

TEST(Client, skips_interim_answers_and_refuses_bad_ones) {
  const std::vector<std::pair<std::string, std::optional<Errc>>> cases = {
      {"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       std::nullopt},
      {"HTTP/1.1 200 OK\r\n\r\nok", std::nullopt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", Errc::corrupt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", Errc::too_large},
      {"not http\r\n\r\n", Errc::corrupt},
      {"", Errc::unavailable},
  };
  for (const auto& [bytes, code] : cases) {
    const Listener listener;
    std::jthread server([&listener, &text = bytes] { listener.answer_once(text); });
    const auto response = client_of(listener.port(), {.body_bytes = 10})->send({}, 10s);
    EXPECT_EQ(response.has_value(), !code.has_value()) << bytes;
    if (response) EXPECT_EQ(response->body, "ok");
    if (!response) EXPECT_EQ(response.error().code, code) << bytes;
  }
}

TEST(Client, refuses_to_send_what_would_break_the_request) {
  Serving serving;
  const auto client = client_of(serving.port());
  const std::vector<ClientRequest> requests = {
      {.target = "/a b"},
      {.target = "nowhere"},
      {.target = "/a\r\nX: y"},
      {.method = "GET /"},
      {.headers = {{"X", "a\r\nY: b"}}},
      {.headers = {{"X:", "a"}}},
  };
  for (const ClientRequest& request : requests) {
    const auto response = client->send(request, 10s);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::invalid_argument);
  }
  EXPECT_EQ(serving.handler.handled, 0);
}

TEST(ServerUrl, is_understood_or_refused_with_a_reason) {
  const std::vector<std::pair<std::string, ServerUrl>> good = {
      {"http://127.0.0.1:8081", {false, "127.0.0.1", 8081, ""}},
      {"https://gthulhu.example/", {true, "gthulhu.example", 443, ""}},
      {"http://[::1]/below/it/", {false, "::1", 80, "/below/it"}},
      {"http://[::1]:1", {false, "::1", 1, ""}},
  };
  for (const auto& [text, url] : good) {
    const auto parsed = parse_server_url(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, url) << text;
  }
  for (const std::string text :
       {"", "127.0.0.1:8081", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:b", "http://::1", "http://[::1", "http://a?b", "http://user@a", "http://a b"}) {
    const auto parsed = parse_server_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("write for example")) << text;
  }
}

TEST(ClientSettings, a_ca_file_that_is_missing_or_empty_is_an_error) {
  ClientSettings settings;
  settings.url = "https://127.0.0.1:1";
  settings.ca_file = "/nonexistent/ca.pem";
  const auto missing = Client::create(settings);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/ca.pem"));
  settings.ca_file = "/dev/null";
  EXPECT_FALSE(Client::create(settings));
}

constexpr StreamTimeouts patient{10s, 10s};
constexpr std::string_view chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(ClientStream, hands_over_a_body_as_it_comes_and_keeps_the_connection) {
  Serving serving;
  const auto client = client_of(serving.port());
  for (int i = 0; i < 2; ++i) {
    std::string body;
    const auto got = client->stream(
        {.target = "/quick/a"},
        [&](std::string_view piece) {
          body += piece;
          return true;
        },
        patient);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(body, "GET /quick/a ");
    EXPECT_EQ(got->body, "");
  }
}

TEST(ClientStream, ends_where_no_more_is_wanted) {
  const Listener listener;
  std::thread server([&] { listener.answer_once(std::string(chunked_head) + "3\r\nabc\r\n"); });
  const auto client = client_of(listener.port());
  const auto got = client->stream({}, [](std::string_view) { return false; }, patient);
  server.join();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 200);
}

TEST(ClientStream, says_that_a_body_was_cut_short) {
  const Listener listener;
  std::thread server([&] { listener.answer_once(std::string(chunked_head) + "3\r\nabc\r\n"); });
  const auto client = client_of(listener.port());
  std::string body;
  const auto got = client->stream(
      {},
      [&](std::string_view piece) {
        body += piece;
        return true;
      },
      patient);
  server.join();
  EXPECT_EQ(body, "abc");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::corrupt);
}

TEST(ClientStream, keeps_what_an_error_says_and_no_more_than_the_limit_of_it) {
  const Listener listener;
  std::thread server([&] {
    listener.answer_once("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone");
    listener.answer_once("HTTP/1.1 500 Oh\r\nContent-Length: 4000\r\n\r\n" +
                         std::string(4000, 'x'));
  });
  const auto client = client_of(listener.port(), {.body_bytes = 100});
  const auto nobody = [](std::string_view) {
    ADD_FAILURE() << "it is no 200";
    return true;
  };
  const auto gone = client->stream({}, nobody, patient);
  const auto broken = client->stream({}, nobody, patient);
  server.join();
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_EQ(gone->status, 410);
  EXPECT_EQ(gone->body, "gone");
  ASSERT_TRUE(broken) << broken.error().text();
  EXPECT_EQ(broken->status, 500);
}

// Takes one connection and sends this, then nothing until the test ends.
class Stalling {
 public:
  explicit Stalling(std::string_view bytes)
      : server_([this, bytes] {
          const Fd peer = listener_.accept();
          (void)::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
          char more = 0;
          while (::recv(peer.get(), &more, 1, 0) > 0) {
          }
        }) {}
  Stalling(const Stalling&) = delete;
  Stalling& operator=(const Stalling&) = delete;
  ~Stalling() { server_.join(); }
  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }

 private:
  const Listener listener_;
  std::thread server_;
};

TEST(ClientStream, waits_for_the_first_piece_as_long_as_for_any_other) {
  const Listener listener;
  std::thread server([&] {
    const Fd peer = listener.accept();
    (void)::send(peer.get(), chunked_head.data(), chunked_head.size(), MSG_NOSIGNAL);
    std::this_thread::sleep_for(600ms);
    constexpr std::string_view rest = "3\r\nabc\r\n0\r\n\r\n";
    (void)::send(peer.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  });
  const auto client = client_of(listener.port());
  const auto got = client->stream({}, [](std::string_view) { return true; }, {300ms, 10s});
  server.join();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 200);
}

TEST(ClientStream, notices_a_body_that_stalls_and_a_head_that_does_not_come) {
  const std::string begun = std::string(chunked_head) + "3\r\nabc\r\n";
  for (const std::string& bytes : {begun, std::string("HTTP/1.1 200")}) {
    const Stalling server(bytes);
    const auto client = client_of(server.port());
    const auto got = client->stream({}, [](std::string_view) { return true; }, {100ms, 100ms});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::timeout) << got.error().text();
  }
}

TEST(ClientStream, is_ended_from_elsewhere_for_good) {
  const std::string begun = std::string(chunked_head) + "3\r\nabc\r\n";
  const Stalling server(begun);
  const auto client = client_of(server.port());
  std::atomic<bool> began = false;
  std::thread other([&] {
    while (!began) std::this_thread::yield();
    client->stop();
  });
  const auto got = client->stream({},
                                  [&](std::string_view) {
                                    began = true;
                                    return true;
                                  },
                                  {1h, 1h});
  other.join();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
  const auto again = client->send({}, 10s);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace gthulhu::net
