// SPDX-License-Identifier: Apache-2.0
//
// Clients that ask for packed answers.
#include <gmock/gmock.h>

#include <thread>

#include "net/client.h"
#include "net/gzip_for_test.h"
#include "net/listener_for_test.h"

namespace gthulhu::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr StreamTimeouts patient{10s, 10s};

// What a server sends, for requests that accept gzip.
class Packed : public testing::Test {
 protected:
  Result<Response> send(const std::string& bytes, const ClientRequest& request = {}) {
    std::jthread server([&] { answer(bytes); });
    return client()->send(request, 10s);
  }
  Result<Response> stream(const std::string& bytes) {
    body_.clear();
    std::jthread server([&] { answer(bytes); });
    return client()->stream(
        {},
        [this](std::string_view piece) {
          body_ += piece;
          return body_.size() < enough_;
        },
        patient);
  }

  static std::string with_head(const std::string& body,
                               const std::string& fields = "Content-Encoding: gzip\r\n",
                               const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  bool accept_gzip_ = true;
  std::size_t limit_ = 1'000'000;
  std::size_t enough_ = 1'000'000'000;
  std::string asked_;
  std::string body_;  // that was streamed

 private:
  std::unique_ptr<Client> client() const {
    ClientSettings settings;
    settings.url = "http://127.0.0.1:" + std::to_string(listener_.port());
    settings.accept_gzip = accept_gzip_;
    settings.limits.body_bytes = limit_;
    return Client::create(settings).value();
  }
  void answer(const std::string& bytes) {
    const Fd peer = listener_.accept(&asked_);
    (void)::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  const Listener listener_;
};

TEST_F(Packed, answers_are_asked_for_only_when_they_are_wanted) {
  ASSERT_TRUE(send(with_head("ok", "")));
  EXPECT_THAT(asked_, HasSubstr("\r\nAccept-Encoding: gzip\r\n"));
  ASSERT_TRUE(send(with_head("ok", ""), {.headers = {{"accept-encoding", "identity"}}}));
  EXPECT_THAT(asked_, testing::Not(HasSubstr("gzip")));
  accept_gzip_ = false;
  const std::string packed = gzip_for_test("text");
  const auto as_it_came = send(with_head(packed));
  ASSERT_TRUE(as_it_came);
  EXPECT_EQ(as_it_came->body, packed);
  EXPECT_THAT(asked_, testing::Not(HasSubstr("gzip")));
}

TEST_F(Packed, answers_are_unpacked) {
  const std::string text(300'000, 'x');
  for (const std::string coding : {"gzip", "GZIP", "x-gzip"}) {
    const std::string bytes =
        with_head(gzip_for_test(text), "Content-Encoding: " + coding + "\r\n");
    const auto got = send(bytes);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->body, text);
    const auto streamed = stream(bytes);
    ASSERT_TRUE(streamed) << streamed.error().text();
    EXPECT_EQ(streamed->body, "");
    EXPECT_EQ(body_, text);
  }
}

TEST_F(Packed, answers_may_come_in_chunks_or_until_the_end_of_the_connection) {
  const std::string packed = gzip_for_test("a text");
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
  std::string chunks = head + "Transfer-Encoding: chunked\r\n\r\n";
  for (const char byte : packed) chunks += std::string("1\r\n") + byte + "\r\n";
  for (const std::string& bytes : {chunks + "0\r\n\r\n", head + "\r\n" + packed}) {
    const auto got = send(bytes);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->body, "a text");
  }
}

TEST_F(Packed, answers_that_are_not_packed_stay_as_they_are) {
  for (const std::string fields : {"", "Content-Encoding: identity\r\n"}) {
    const auto got = send(with_head("text", fields));
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->body, "text");
  }
  const std::string fields = "Content-Encoding: gzip\r\n";
  EXPECT_TRUE(send("HTTP/1.1 204 No Content\r\n" + fields + "\r\n"));
  EXPECT_TRUE(send("HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n"));
  EXPECT_TRUE(
      send("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 9\r\n\r\n", {.method = "HEAD"}));
}

TEST_F(Packed, bodies_that_cannot_be_unpacked_are_corrupt) {
  const std::string packed = gzip_for_test("text");
  const std::vector<std::string> cases = {
      with_head(packed, "Content-Encoding: br\r\n"),
      with_head(packed, "Content-Encoding: gzip, gzip\r\n"),
      with_head(packed, "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"),
      with_head("text"),
      with_head(""),
      with_head(packed + "x"),
      with_head(packed.substr(0, packed.size() - 1)),
      with_head("text", "Content-Encoding: gzip\r\n", "500 Oh"),
  };
  for (const std::string& bytes : cases) {
    const auto got = send(bytes);
    ASSERT_FALSE(got) << bytes;
    EXPECT_EQ(got.error().code, Errc::corrupt) << bytes;
    const auto streamed = stream(bytes);
    ASSERT_FALSE(streamed) << bytes;
    EXPECT_EQ(streamed.error().code, Errc::corrupt) << bytes;
  }
}

TEST_F(Packed, bombs_are_held_against_the_limit_of_what_comes_out) {
  const std::string bomb = gzip_for_test(std::string(8'000'000, 'x'));
  ASSERT_LT(bomb.size(), limit_);
  const auto got = send(with_head(bomb));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::too_large);
  // A stream is as long as it likes, but what it says of an error is not.
  const auto streamed = stream(with_head(bomb));
  ASSERT_TRUE(streamed) << streamed.error().text();
  EXPECT_EQ(body_.size(), 8'000'000U);
  const auto failed = stream(with_head(bomb, "Content-Encoding: gzip\r\n", "500 Oh"));
  ASSERT_TRUE(failed) << failed.error().text();
  EXPECT_EQ(failed->status, 500);
  EXPECT_LT(failed->body.size(), limit_ + 100'000);
}

TEST_F(Packed, streams_end_where_no_more_is_wanted) {
  enough_ = 1;
  const auto got = stream(with_head(gzip_for_test(std::string(1'000'000, 'x'))));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_LE(body_.size(), 16U * 1024);
}

TEST_F(Packed, errors_say_in_plain_text_what_is_wrong) {
  const auto got =
      stream(with_head(gzip_for_test("gone"), "Content-Encoding: gzip\r\n", "410 Gone"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 410);
  EXPECT_EQ(got->body, "gone");
  EXPECT_EQ(body_, "");
}

}  // namespace
}  // namespace gthulhu::net
