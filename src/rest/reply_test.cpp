// SPDX-License-Identifier: Apache-2.0
#include "rest/reply.h"

#include <gmock/gmock.h>

namespace gthulhu::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Failure, says_for_programs_what_and_where_it_is) {
  const net::Response response =
      failure({Errc::invalid_argument, "rank must be a number", "for the log", "rank"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"success":false,"error":"rank must be a number","code":"invalid_argument",)"
            R"("field":"rank","requestId":""})"
            "\n");
  ASSERT_TRUE(response.request_id_at);
  EXPECT_TRUE(response.body.substr(0, *response.request_id_at).ends_with(R"("requestId":")"));
}

TEST(Failure, says_when_to_try_again_in_the_body_and_in_the_header) {
  Error error{Errc::too_many, "slowly", ""};
  error.retry_after = std::chrono::milliseconds{1001};
  const net::Response response = failure(error);
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.body, HasSubstr(R"("retryAfterMs":1001})"));
  EXPECT_EQ(*response.headers.find("Retry-After"), "2");
  EXPECT_EQ(failure(Error{Errc::too_many, "slowly", ""}).headers.find("Retry-After"), nullptr);
}

TEST(Failure, shows_the_object_as_it_is_to_who_knows_an_older_one) {
  const net::Response response =
      failure({Errc::stale, "changed meanwhile", ""}, wire::Value::Object{{"revision", 7}});
  EXPECT_EQ(response.status, 412);
  EXPECT_THAT(response.body,
              HasSubstr(R"("code":"stale","requestId":"","current":{"revision":7}})"));
}

TEST(Failure, does_not_show_what_is_internal) {
  for (const Errc code : {Errc::internal, Errc::corrupt}) {
    const net::Response response = failure({code, "the table is gone", "row 7", "rank"});
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, HasSubstr(R"("error":"Internal Server Error","code":"internal",)"));
    EXPECT_THAT(response.body, Not(HasSubstr("rank")));
  }
}

TEST(Failure, with_a_status_of_the_contract_has_the_code_of_its_kind) {
  EXPECT_THAT(failure(422, "needed").body, HasSubstr(R"("code":"invalid_argument",)"));
}

TEST(AboutBody, takes_the_field_from_a_message_that_begins_with_one) {
  const auto field_of = [](const std::string& message) {
    return about_body({Errc::invalid_argument, message, ""}, "Invalid request body").field;
  };
  EXPECT_EQ(field_of("labelSelectors[0].key must be a string, not a number"),
            "labelSelectors[0].key");
  EXPECT_EQ(field_of("the body must be an object, not a list"), "");
  EXPECT_EQ(field_of("not JSON at byte 7: syntax error"), "");
  EXPECT_EQ(field_of(""), "");
  const Error named =
      about_body({Errc::invalid_argument, "a must be b", "", "c.a"}, "Invalid request body");
  EXPECT_EQ(named.field, "c.a");
  EXPECT_EQ(named.message, "Invalid request body: a must be b");
}

}  // namespace
}  // namespace gthulhu::rest
