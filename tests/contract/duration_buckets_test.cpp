// SPDX-License-Identifier: Apache-2.0
//
// The program in the kernel sorts durations into the buckets that DurationCounts tells the bounds
// of.
#include <gtest/gtest.h>

#include <limits>

#include "bpf/run_counts_record.h"
#include "core/model/duration_counts.h"

namespace gthulhu {
namespace {

TEST(DurationBuckets, of_the_kernels_program_have_the_bounds_of_the_model) {
  EXPECT_EQ(gthulhu_bucket_of(0), 0U);
  for (std::size_t i = 0; i + 1 < DurationCounts::bucket_count; ++i) {
    const auto bound = static_cast<std::uint64_t>(DurationCounts::bound(i).count());
    EXPECT_EQ(gthulhu_bucket_of(bound - 1), i);
    EXPECT_EQ(gthulhu_bucket_of(bound), i + 1);
    EXPECT_EQ(gthulhu_bucket_of(bound + bound / 2), i + 1);
  }
}

TEST(DurationBuckets, have_all_that_is_longer_in_the_last) {
  const std::uint64_t second = 1'000'000'000;
  EXPECT_EQ(gthulhu_bucket_of(2 * second), DurationCounts::bucket_count - 1);
  EXPECT_EQ(gthulhu_bucket_of(std::numeric_limits<std::uint64_t>::max()),
            DurationCounts::bucket_count - 1);
}

}  // namespace
}  // namespace gthulhu
