// SPDX-License-Identifier: Apache-2.0
#include "core/model/pod_delay.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

DurationCounts some(std::uint64_t shortest, std::uint64_t longest, std::chrono::nanoseconds sum) {
  DurationCounts counts;
  counts.counts.front() = shortest;
  counts.counts.back() = longest;
  counts.sum = sum;
  return counts;
}

TEST(DurationCountsTest, tell_how_many_there_were) {
  EXPECT_EQ(DurationCounts().total(), 0U);
  EXPECT_EQ(some(2, 3, 10s).total(), 5U);
}

TEST(PodDelayTest, adds_up_everything_that_is_counted) {
  PodDelay sum;
  sum += PodDelay{};
  EXPECT_FALSE(sum.runs) << "nobody counts";
  const RunCounts counts{.waits = some(1, 2, 3s),
                         .throttled = 4,
                         .throttled_sum = 5s,
                         .bursts = some(6, 7, 8s),
                         .preempted = 9};
  sum += PodDelay{.runs = counts, .throttling = {.periods = 1}};
  EXPECT_EQ(sum.runs, counts);
  sum += PodDelay{.runs = counts, .throttling = {.periods = 2}};
  sum += PodDelay{};
  const RunCounts twice{.waits = some(2, 4, 6s),
                        .throttled = 8,
                        .throttled_sum = 10s,
                        .bursts = some(12, 14, 16s),
                        .preempted = 18};
  EXPECT_EQ(sum, (PodDelay{.runs = twice, .throttling = {.periods = 3}}));
}

}  // namespace
}  // namespace gthulhu
