// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <gmock/gmock.h>

namespace gthulhu::net {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;
using testing::Pointee;

TEST(Headers, are_found_without_regard_to_case) {
  Headers headers{{"Content-Type", "a"}, {"X-Many", "1"}, {"x-many", "2"}};
  EXPECT_THAT(headers.find("content-TYPE"), Pointee(std::string("a")));
  EXPECT_THAT(headers.find("X-MANY"), Pointee(std::string("1")));
  EXPECT_EQ(headers.find("Content"), nullptr);
  headers.set("x-MANY", "3");
  EXPECT_THAT(headers.fields(), ElementsAre(Pair("Content-Type", "a"), Pair("x-MANY", "3")));
}

TEST(PercentDecode, takes_what_is_encoded_and_nothing_else) {
  EXPECT_THAT(percent_decode("a%2Fb+c%c3%A9"), Optional(std::string("a/b+c\xc3\xa9")));
  EXPECT_THAT(percent_decode("a+b%2B", true), Optional(std::string("a b+")));
  EXPECT_THAT(percent_decode(""), Optional(std::string()));
  for (const char* broken : {"%", "%2", "a%", "%g0", "%0g", "%%41"}) {
    EXPECT_EQ(percent_decode(broken), std::nullopt) << broken;
  }
}

TEST(PercentEncode, is_undone_by_decoding) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_THAT(percent_decode(percent_encode(all)), Optional(all));
  EXPECT_EQ(percent_encode("a-._~/ %"), "a-._~%2F%20%25");
}

TEST(ParseQuery, keeps_order_and_empty_values) {
  EXPECT_THAT(
      parse_query("b=1&a=x%3Dy&&c&d="),
      Optional(ElementsAre(Pair("b", "1"), Pair("a", "x=y"), Pair("c", ""), Pair("d", ""))));
  EXPECT_EQ(parse_query("a=%"), std::nullopt);
  EXPECT_EQ(parse_query("%=a"), std::nullopt);
}

TEST(Request, finds_the_first_query_value) {
  Request request;
  request.query = {{"a", "1"}, {"a", "2"}};
  EXPECT_THAT(request.query_value("a"), Pointee(std::string("1")));
  EXPECT_EQ(request.query_value("b"), nullptr);
}

TEST(PlainError, has_the_envelope_of_the_contract) {
  const Response response = plain_error(503, "busy");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"success":false,"error":"busy","code":"unavailable","requestId":""})"
                           "\n");
}

}  // namespace
}  // namespace gthulhu::net
