// SPDX-License-Identifier: Apache-2.0
#include "net/message_parser.h"

#include <gmock/gmock.h>

namespace gthulhu::net {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Feeds in pieces of `step` bytes, as a connection would; 0 when more is needed, 200 when complete.
int status_after(RequestParser& parser, std::string_view text, std::size_t step) {
  std::string pending;
  for (std::size_t at = 0; at < text.size(); at += step) {
    pending += text.substr(at, step);
    std::size_t consumed = 0;
    do {
      consumed = parser.feed(pending);
      pending.erase(0, consumed);
    } while (consumed > 0);
    if (parser.refusal()) return parser.refusal()->status;
  }
  return parser.complete() ? 200 : 0;
}

TEST(RequestParser, understands_a_request_however_it_is_cut) {
  const ServerLimits limits;
  const std::string text =
      "\r\nPOST /a/b%2Fc?x=1&y=a+b%21&z HTTP/1.1\r\nhOST: h\r\nX-Two:  two words \r\n"
      "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Late: no\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    RequestParser parser(limits);
    ASSERT_EQ(status_after(parser, text, step), 200) << step;
    const Request& request = parser.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a/b%2Fc");
    EXPECT_THAT(request.query, ElementsAre(Pair("x", "1"), Pair("y", "a b!"), Pair("z", "")));
    EXPECT_EQ(request.body, "abc");
    EXPECT_EQ(*request.headers.find("Host"), "h");
    EXPECT_EQ(*request.headers.find("x-two"), "two words");
    EXPECT_EQ(request.headers.find("X-Late"), nullptr);
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(RequestParser, understands_an_empty_body_in_chunks_however_it_is_cut) {
  const ServerLimits limits;
  const std::string text =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    RequestParser parser(limits);
    ASSERT_EQ(status_after(parser, text, step), 200) << step;
    EXPECT_EQ(parser.request().body, "");
  }
}

TEST(RequestParser, judges_requests) {
  const std::string host = "Host: h\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/1.1\r\n" + host + "\r\n", 200},
      {"GET http://h/x?y=1 HTTP/1.1\r\n" + host + "\r\n", 200},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 200},
      {"GET / HTTP/1.0\r\n\r\n", 200},
      {"GET / HTTP/1.1\r\n\r\n", 400},                     // no host
      {"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},  // two hosts
      {"GET / HTTP/2.0\r\n" + host + "\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GE T / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET nowhere HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /?a=%z HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "X: a\x01 b\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 35), 400},
      {"\x16\x03\x01\x02", 400},  // TLS to a plain port
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, gzip\r\n\r\n", 501},
      {"POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
       413},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1048577\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\n" + host + "Expect: magic\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nab", 0},
  };
  const ServerLimits limits;
  for (const auto& [text, status] : cases) {
    for (const std::size_t step : {std::size_t{1}, text.size()}) {
      RequestParser parser(limits);
      EXPECT_EQ(status_after(parser, text, step), status) << text << " in steps of " << step;
    }
  }
}

TEST(RequestParser, leaves_the_next_request_alone) {
  const ServerLimits limits;
  RequestParser parser(limits);
  const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(parser.feed(first + "GET /2"), first.size());
  EXPECT_TRUE(parser.complete());
  EXPECT_EQ(parser.feed("GET /2"), 0U);
  parser.restart();
  EXPECT_FALSE(parser.started());
}

TEST(ResponseParser, understands_lengths_chunks_and_the_end_of_the_connection) {
  const ClientLimits limits;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "ab"},
      {"HTTP/1.1 200 OK\r\n\r\nab", "ab"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& [text, body] : cases) {
    ResponseParser parser(limits, false);
    EXPECT_EQ(parser.feed(text), text.size());
    parser.feed_end();
    EXPECT_TRUE(parser.complete()) << text;
    EXPECT_EQ(parser.response().body, body);
  }
}

TEST(ResponseParser, understands_an_empty_body_in_chunks_however_it_is_cut) {
  const ClientLimits limits;
  ResponseParser parser(limits, false);
  std::string pending;
  for (const char letter : std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                            "0\r\n\r\n")) {
    pending += letter;
    pending.erase(0, parser.feed(pending));
  }
  EXPECT_TRUE(parser.complete());
  EXPECT_EQ(parser.response().body, "");
}

TEST(ResponseParser, refuses_what_is_cut_off_too_large_or_not_http) {
  ClientLimits limits;
  limits.body_bytes = 3;
  limits.head_bytes = 100;
  const std::vector<std::pair<std::string, Errc>> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", Errc::corrupt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", Errc::too_large},
      {"HTTP/1.1 200 OK\r\n\r\nabcd", Errc::too_large},
      {"HTTP/1.1 200 OK\r\nX: 1" + std::string(100, '1') + "\r\n\r\n", Errc::corrupt},
      {"SSH-2.0-OpenSSH_9.2\r\n", Errc::corrupt},
  };
  for (const auto& [text, code] : cases) {
    ResponseParser parser(limits, false);
    parser.feed(text);
    parser.feed_end();
    ASSERT_TRUE(parser.failure()) << text;
    EXPECT_EQ(parser.failure()->code, code) << text;
  }
}

// A parser that has just answered a GET of /a?x=1 by "somebody".
class AfterARequest : public testing::Test {
 protected:
  AfterARequest() {
    EXPECT_EQ(status_after(parser_, first_, first_.size()), 200);
    parser_.request().user = "somebody";
    parser_.restart();
  }

  const std::string first_ = "GET /a?x=1 HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";
  const ServerLimits limits_;
  RequestParser parser_{limits_};
};

TEST_F(AfterARequest, nothing_is_there_yet) {
  EXPECT_FALSE(parser_.started());
  EXPECT_FALSE(parser_.head_done());
  EXPECT_FALSE(parser_.complete());
  EXPECT_FALSE(parser_.expects_continue());
  EXPECT_EQ(parser_.refusal(), nullptr);
}

TEST_F(AfterARequest, the_same_bytes_are_the_same_request_of_nobody_yet) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(parser_.feed(first_ + first_), first_.size());
    EXPECT_TRUE(parser_.complete());
    EXPECT_TRUE(parser_.keep_alive());
    const Request& request = parser_.request();
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.path, "/a");
    EXPECT_THAT(request.query, ElementsAre(Pair("x", "1")));
    EXPECT_THAT(request.headers.fields(), ElementsAre(Pair("Host", "h"), Pair("X", "y")));
    EXPECT_EQ(request.user, "");
    parser_.restart();
  }
}

TEST_F(AfterARequest, other_bytes_are_understood_for_what_they_are) {
  std::string other = first_;
  other.replace(other.find("X: y"), 4, "X: z");
  const std::string with_body = first_.substr(0, first_.size() - 2) + "Content-Length: 1\r\n\r\nb";
  for (const std::string& next : {other, with_body, other}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, next.size()}) {
      ASSERT_EQ(status_after(parser_, next, step), 200) << next;
      EXPECT_EQ(*parser_.request().headers.find("X"), next == other ? "z" : "y");
      EXPECT_EQ(parser_.request().body, next == with_body ? "b" : "");
      EXPECT_EQ(parser_.request().user, "");
      parser_.restart();
    }
  }
  EXPECT_EQ(status_after(parser_, "GET /a?x=1 HTTP/1.1\r\nHost: h\r\nX y\r\n\r\n", 100), 400);
}

TEST_F(AfterARequest, the_same_bytes_in_pieces_are_the_same_request) {
  for (std::size_t step = 1; step <= first_.size(); ++step) {
    ASSERT_EQ(status_after(parser_, first_, step), 200) << step;
    EXPECT_EQ(parser_.request().path, "/a");
    parser_.restart();
  }
}

TEST_F(AfterARequest, one_that_was_taken_away_is_understood_anew) {
  ASSERT_EQ(parser_.feed(first_), first_.size());
  const Request taken = std::move(parser_.request());
  parser_.restart();
  ASSERT_EQ(parser_.feed(first_), first_.size());
  EXPECT_EQ(parser_.request().path, "/a");
  EXPECT_EQ(*parser_.request().headers.find("X"), "y");
}

}  // namespace
}  // namespace gthulhu::net
