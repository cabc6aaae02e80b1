// SPDX-License-Identifier: Apache-2.0
#include "core/model/slice.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

TEST(Slice, is_default_or_between_a_tenth_and_a_hundred_milliseconds) {
  for (const std::int64_t value : {0, 100'000, 2'000'000, 100'000'000}) {
    const auto slice = Slice::parse(value);
    ASSERT_TRUE(slice) << value;
    EXPECT_EQ(slice->length().count(), value);
    EXPECT_EQ(slice->is_default(), value == 0);
  }
  for (const std::int64_t value : {std::int64_t{1}, std::int64_t{99'999}, std::int64_t{100'000'001},
                                   std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    const auto slice = Slice::parse(value);
    ASSERT_FALSE(slice) << value;
    EXPECT_EQ(slice.error().code, Errc::invalid_argument);
  }
}

TEST(Slice, the_error_begins_with_the_field_and_names_the_value) {
  const std::string message = Slice::parse(99'999).error().message;
  EXPECT_TRUE(message.starts_with("executionTime must be ")) << message;
  EXPECT_TRUE(message.ends_with(" not 99999")) << message;
  EXPECT_TRUE(Slice::parse(1, "slice").error().message.starts_with("slice "));
}

TEST(Slice, a_stored_value_becomes_the_nearest_in_bounds) {
  EXPECT_EQ(Slice::clamp(1).length(), 100us);
  EXPECT_EQ(Slice::clamp(std::numeric_limits<std::int64_t>::max()).length(), 100ms);
  EXPECT_TRUE(Slice::clamp(0).is_default());
  EXPECT_TRUE(Slice::clamp(-5).is_default());
  EXPECT_EQ(Slice::clamp(2'000'000).length(), 2ms);
}

}  // namespace
}  // namespace gthulhu
