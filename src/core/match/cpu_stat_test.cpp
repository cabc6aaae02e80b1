// SPDX-License-Identifier: Apache-2.0
#include "core/match/cpu_stat.h"

#include <gtest/gtest.h>

#include <string>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

TEST(CpuStat, of_v2_tells_its_times_in_microseconds) {
  EXPECT_EQ(parse_cpu_stat("usage_usec 9\nuser_usec 8\nnr_periods 12\nnr_throttled 3\n"
                           "throttled_usec 4500\nnr_bursts 0\n"),
            (Throttling{12, 3, 4'500us}));
}

TEST(CpuStat, of_v1_tells_its_time_in_nanoseconds) {
  EXPECT_EQ(parse_cpu_stat("nr_periods 12\nnr_throttled 3\nthrottled_time 4500\n"),
            (Throttling{12, 3, 4'500ns}));
}

TEST(CpuStat, without_a_quota_or_of_another_form_counts_nothing) {
  for (const std::string content : {"", "usage_usec 9\n", "nr_periods", "nr_periods x\n", "\n\n"}) {
    EXPECT_EQ(parse_cpu_stat(content), Throttling()) << content;
  }
}

TEST(CpuStat, with_a_time_beyond_all_measure_has_the_longest_that_there_is) {
  const auto longest = std::chrono::nanoseconds::max();
  EXPECT_EQ(parse_cpu_stat("throttled_time 18446744073709551615\n").time, longest);
  EXPECT_GT(parse_cpu_stat("throttled_usec 18446744073709551615\n").time, longest - 1us);
}

}  // namespace
}  // namespace gthulhu
