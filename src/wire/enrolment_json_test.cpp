// SPDX-License-Identifier: Apache-2.0
#include "wire/enrolment_json.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

TEST(EnrolmentJson, requests_and_answers_come_back_as_they_were_sent) {
  const auto request = decode_enrolment_request(encode_enrolment_request({"a.b.c", "PEM"}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->token, "a.b.c");
  EXPECT_EQ(request->request, "PEM");
  const TimePoint expires{std::chrono::milliseconds(1'764'000'000'000)};
  const auto answer =
      decode_enrolment_answer(encode_enrolment_answer({NodeName("n1"), "leaf", "ca", expires}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->node, NodeName("n1"));
  EXPECT_EQ(answer->certificate, "leaf");
  EXPECT_EQ(answer->ca, "ca");
  EXPECT_EQ(answer->expires, expires);
}

TEST(EnrolmentJson, what_is_missing_is_named) {
  EXPECT_EQ(decode_enrolment_request(*parse_json(R"({"token":"a"})")).error().field, "request");
  EXPECT_EQ(decode_enrolment_request(*parse_json(R"({"request":"a"})")).error().field, "token");
  EXPECT_EQ(decode_enrolment_answer(*parse_json(R"({"node":"n1"})")).error().field, "certificate");
}

}  // namespace
}  // namespace gthulhu::wire
