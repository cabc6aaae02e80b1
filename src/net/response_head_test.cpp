// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.h"

#include <gmock/gmock.h>

namespace gthulhu::net {
namespace {

TEST(HttpDate, is_that_of_the_standard) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 section 5.6.7
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  DateText date;
  EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(784111778), "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(ResponseBytes, are_these) {
  Response response;
  response.status = 201;
  response.body = "{}\n";
  response.headers.add("X-Thing", "a b");
  std::string bytes = "before|";
  ASSERT_TRUE(append_response(bytes, response, {}, "D"));
  EXPECT_EQ(bytes,
            "before|HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 3\r\n"
            "Date: D\r\nX-Thing: a b\r\n\r\n{}\n");
}

TEST(ResponseBytes, carry_the_standard_fields_unless_the_answer_has_its_own) {
  const StandardFields standard({{"X-A", "1"}, {"X-B", "2"}});
  Response response;
  std::string bytes;
  ASSERT_TRUE(append_response(bytes, response, {.standard = &standard}, "D"));
  EXPECT_THAT(bytes, testing::HasSubstr("\r\nX-A: 1\r\nX-B: 2\r\n\r\n"));
  response.headers.add("x-b", "3");
  bytes.clear();
  ASSERT_TRUE(append_response(bytes, response, {.standard = &standard}, "D"));
  EXPECT_THAT(bytes, testing::HasSubstr("\r\nX-A: 1\r\nx-b: 3\r\n\r\n"));
}

TEST(ResponseBytes, carry_the_id_in_the_head_and_where_the_body_wants_it) {
  Response response;
  response.body = "<>";
  response.request_id_at = 1;
  std::string bytes;
  ASSERT_TRUE(append_response(bytes, response, {.request_id = "id7"}, "D"));
  EXPECT_THAT(bytes, testing::HasSubstr("Content-Length: 5\r\nDate: D\r\nX-Request-ID: id7\r\n"));
  EXPECT_THAT(bytes, testing::EndsWith("\r\n\r\n<id7>"));
}

TEST(ResponseBytes, are_refused_when_a_header_would_break_the_framing) {
  const std::vector<Headers::Field> refused = {
      {"X-A", "a\r\nX-B: b"},
      {"X-A", "a\nb"},
      {"X-A", std::string("a\0b", 3)},
      {"X-A", "a\x7f"},
      {"X-A\r\nX-B", "b"},
      {"X A", "b"},
      {"", "b"},
      {"X-A:", "b"},
      {"content-length", "3"},
      {"Connection", "close"},
      {"Transfer-Encoding", "chunked"},
  };
  for (const auto& [name, value] : refused) {
    Response response;
    response.headers.add(name, value);
    std::string bytes;
    const auto appended = append_response(bytes, response, {}, "D");
    ASSERT_FALSE(appended) << name << ": " << value;
    EXPECT_EQ(appended.error().code, Errc::internal);
    EXPECT_EQ(bytes, "");
  }
  for (const int status : {0, 100, 199, 600}) {
    Response response;
    response.status = status;
    std::string bytes;
    EXPECT_FALSE(append_response(bytes, response, {}, "D")) << status;
  }
  Response response;
  response.content_type = "text/plain\r\nX: y";
  std::string bytes;
  EXPECT_FALSE(append_response(bytes, response, {}, "D"));
}

}  // namespace
}  // namespace gthulhu::net
