// SPDX-License-Identifier: Apache-2.0
#include "core/model/priority.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace gthulhu {
namespace {

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

TEST(Priority, is_between_minus_20_and_20) {
  for (const std::int64_t value : {-20, -1, 0, 1, 20}) {
    const auto priority = Priority::parse(value);
    ASSERT_TRUE(priority) << value;
    EXPECT_EQ(priority->value(), value);
  }
  for (const std::int64_t value :
       {std::int64_t{-21}, std::int64_t{21}, least, most, (std::int64_t{1} << 32U) + 1}) {
    const auto priority = Priority::parse(value);
    ASSERT_FALSE(priority) << value;
    EXPECT_EQ(priority.error().code, Errc::invalid_argument);
  }
}

TEST(Priority, the_error_begins_with_the_field) {
  EXPECT_EQ(Priority::parse(21).error().message, "priority must be between -20 and 20, not 21");
  EXPECT_TRUE(Priority::parse(21, "items[2].priority").error().message.starts_with("items[2]."));
}

TEST(Priority, a_stored_value_becomes_the_nearest_in_range) {
  EXPECT_EQ(Priority::clamp(least).value(), -20);
  EXPECT_EQ(Priority::clamp(most).value(), 20);
  EXPECT_EQ(Priority::clamp(3).value(), 3);
}

TEST(Priority, one_step_is_a_quarter_more) {
  EXPECT_DOUBLE_EQ(Priority::clamp(0).weight_factor(), 1);
  EXPECT_DOUBLE_EQ(Priority::clamp(1).weight_factor(), 1.25);
  EXPECT_NEAR(Priority::clamp(10).weight_factor(), 9.3132, 1e-4);
  EXPECT_NEAR(Priority::clamp(-10).weight_factor() * Priority::clamp(10).weight_factor(), 1, 1e-9);
}

TEST(Priority, only_the_lowest_is_idle_and_only_zero_is_neutral) {
  for (int value = -20; value <= 20; ++value) {
    EXPECT_EQ(Priority::clamp(value).is_idle(), value == -20);
    EXPECT_EQ(Priority::clamp(value).is_neutral(), value == 0);
  }
  EXPECT_LT(Priority::clamp(-1), Priority());
}

}  // namespace
}  // namespace gthulhu
