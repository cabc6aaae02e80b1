// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

TEST(Duration, takes_units_and_bare_nanoseconds) {
  EXPECT_EQ(*parse_duration("2ms", "slice"), 2ms);
  EXPECT_EQ(*parse_duration("500us", "slice"), 500us);
  EXPECT_EQ(*parse_duration("1s", "slice"), 1s);
  EXPECT_EQ(*parse_duration("7ns", "slice"), 7ns);
  EXPECT_EQ(*parse_duration("100000", "slice"), 100us);
  EXPECT_EQ(*parse_duration("2 ms", "slice"), 2ms);
}

TEST(Duration, says_what_is_wrong_with_anything_else) {
  for (const char* text : {"", "ms", "-1ms", "1.5ms", "2 minutes", "99999999999999999999s"}) {
    const auto answer = parse_duration(text, "slice");
    ASSERT_FALSE(answer) << text;
    EXPECT_TRUE(answer.error().message.starts_with("slice must be a duration")) << text;
  }
}

}  // namespace
}  // namespace gthulhu
