// SPDX-License-Identifier: Apache-2.0
#include "core/sync/backoff.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

TEST(NextTry, doubles_up_to_half_a_minute) {
  EXPECT_EQ(next_try(MonotonicTime{}, 1, 0.0), MonotonicTime{500ms});
  EXPECT_EQ(next_try(MonotonicTime{}, 2, 0.0), MonotonicTime{1s});
  EXPECT_EQ(next_try(MonotonicTime{}, 99, 0.0), MonotonicTime{30s});
}

TEST(NextTry, the_draw_spreads_over_half_as_much_again) {
  EXPECT_EQ(next_try(MonotonicTime{}, 1, 0.5), MonotonicTime{625ms});
  EXPECT_EQ(next_try(MonotonicTime{}, 99, 0.5), MonotonicTime{37'500ms});
}

}  // namespace
}  // namespace gthulhu
