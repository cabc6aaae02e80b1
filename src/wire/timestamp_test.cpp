// SPDX-License-Identifier: Apache-2.0
#include "wire/timestamp.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + 12h;

TEST(Rfc3339, what_was_written_is_read_the_same) {
  for (const TimePoint time : {noon, TimePoint{}, TimePoint{1s}, noon + 59min + 59s}) {
    EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
  }
}

TEST(Rfc3339, zones_and_fractions_are_understood) {
  EXPECT_EQ(parse_rfc3339("2026-11-25T13:30:00+01:30"), noon);
  EXPECT_EQ(parse_rfc3339("2026-11-24T23:00:00-13:00"), noon);
  EXPECT_EQ(parse_rfc3339("2026-11-25t12:00:00z"), noon);
  EXPECT_EQ(parse_rfc3339("2026-11-25T12:00:00.5Z"), noon + 500ms);
  EXPECT_EQ(parse_rfc3339("2026-11-25T12:00:00.123999999Z"), noon + 123ms);
  EXPECT_EQ(parse_rfc3339("2026-11-25T11:59:60Z"), noon);
  EXPECT_EQ(parse_rfc3339("2028-02-29T00:00:00Z"),
            TimePoint{std::chrono::sys_days{std::chrono::year{2028} / 2 / 29}});
}

TEST(Rfc3339, other_texts_and_days_that_do_not_exist_are_nothing) {
  for (const char* text : {"",
                           "2026-11-25",
                           "2026-11-25T12:00:00",
                           "2026-11-25T12:00Z",
                           "26-11-25T12:00:00Z",
                           "2026-11-25T12:00:00.Z",
                           "2026-11-25T12:00:00Z ",
                           " 2026-11-25T12:00:00Z",
                           "2026-11-25T12:00:00+0100",
                           "2026-11-25T12:00:00+24:00",
                           "2026-11-25T12:00:00+01:60",
                           "2026-02-29T12:00:00Z",
                           "2026-13-01T12:00:00Z",
                           "2026-00-01T12:00:00Z",
                           "2026-11-31T12:00:00Z",
                           "2026-11-25T24:00:00Z",
                           "2026-11-25T12:60:00Z",
                           "2026-11-25T12:00:61Z",
                           "+026-11-25T12:00:00Z",
                           "2026-11-25T-1:00:00Z",
                           "2026/11/25T12:00:00Z",
                           "1764072000"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace gthulhu::wire
