// SPDX-License-Identifier: Apache-2.0
#include "bpf/cpu_limit.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace gthulhu::scheduler {
namespace {

constexpr std::uint64_t ms = GTHULHU_MS;
constexpr std::int64_t signed_ms = GTHULHU_MS;

// Half a CPU, in periods of 100 ms.
gthulhu_limit half(std::uint64_t burst_us = 0) {
  gthulhu_limit limit{};
  gthulhu_set_limit(&limit, 100'000, 50'000, burst_us, 1000 * ms);
  return limit;
}

TEST(CpuLimit, is_what_the_file_says_and_begins_with_a_quota) {
  const gthulhu_limit limit = half(20'000);
  EXPECT_EQ(limit.quota_ns, 50 * ms);
  EXPECT_EQ(limit.period_ns, 100 * ms);
  EXPECT_EQ(limit.burst_ns, 20 * ms);
  EXPECT_EQ(limit.budget_ns, 50 * signed_ms);
  EXPECT_EQ(limit.refill_ns, 1100 * ms);
}

TEST(CpuLimit, max_is_none) {
  gthulhu_limit limit{};
  gthulhu_set_limit(&limit, 100'000, GTHULHU_NO_QUOTA, 0, 0);
  EXPECT_EQ(limit.quota_ns, 0U);
}

TEST(CpuLimit, another_one_keeps_debt_but_no_savings) {
  gthulhu_limit limit = half();
  limit.budget_ns = -7;
  gthulhu_set_limit(&limit, 100'000, 20'000, 0, 2000 * ms);
  EXPECT_EQ(limit.budget_ns, -7);
  limit.budget_ns = 50 * signed_ms;
  gthulhu_set_limit(&limit, 100'000, 10'000, 0, 3000 * ms);
  EXPECT_EQ(limit.budget_ns, 10 * signed_ms);
}

TEST(CpuLimit, a_quota_comes_once_in_each_period) {
  EXPECT_EQ(gthulhu_quotas(1100 * ms, 1099 * ms, 100 * ms), 0U);
  EXPECT_EQ(gthulhu_quotas(1100 * ms, 1100 * ms, 100 * ms), 1U);
  EXPECT_EQ(gthulhu_quotas(1100 * ms, 1199 * ms, 100 * ms), 1U);
  EXPECT_EQ(gthulhu_quotas(1100 * ms, 1350 * ms, 100 * ms), 3U);
}

TEST(CpuLimit, what_was_not_used_is_lost_but_for_the_burst) {
  gthulhu_limit limit = half();
  EXPECT_EQ(gthulhu_refilled(50 * signed_ms, 7, &limit), 50 * signed_ms);
  limit.burst_ns = 20 * ms;
  EXPECT_EQ(gthulhu_refilled(50 * signed_ms, 7, &limit), 70 * signed_ms);
}

TEST(CpuLimit, a_period_counts_in_which_somebody_ran) {
  gthulhu_limit limit = half();
  gthulhu_count_periods(&limit, 50 * signed_ms, 1100 * ms, 1, 0);
  EXPECT_EQ(limit.periods, 0U);
  gthulhu_count_periods(&limit, 49 * signed_ms, 1200 * ms, 1, 0);
  EXPECT_EQ(limit.periods, 1U);
  EXPECT_EQ(limit.throttled_periods, 0U);
}

TEST(CpuLimit, a_period_is_throttled_in_which_somebody_was_held_back) {
  gthulhu_limit limit = half();
  limit.held_ns = 1050 * ms;
  gthulhu_count_periods(&limit, 1, 1100 * ms, 1, 1);  // and is still
  EXPECT_EQ(limit.throttled_periods, 1U);
  gthulhu_count_periods(&limit, 50 * signed_ms, 1200 * ms, 1, 1);  // all the time
  EXPECT_EQ(limit.throttled_periods, 2U);
  limit.held_ns = 1250 * ms;
  gthulhu_count_periods(&limit, 1, 1300 * ms, 1, 0);  // others left budget, and he went on
  EXPECT_EQ(limit.throttled_periods, 3U);
  gthulhu_count_periods(&limit, 1, 1400 * ms, 1, 0);
  EXPECT_EQ(limit.throttled_periods, 3U);
  EXPECT_EQ(limit.periods, 4U);
}

TEST(CpuLimit, all_periods_count_that_somebody_has_waited_for_when_the_timer_is_late) {
  gthulhu_limit limit = half();
  gthulhu_count_periods(&limit, 1, 1100 * ms, 3, 1);
  EXPECT_EQ(limit.throttled_periods, 3U);
  EXPECT_EQ(limit.periods, 3U);
  gthulhu_count_periods(&limit, 1, 1400 * ms, 50, 0);  // who ran has slept since
  EXPECT_EQ(limit.throttled_periods, 3U);
  EXPECT_EQ(limit.periods, 4U);
}

TEST(CpuLimit, counts_the_time_in_which_somebody_is_held_back) {
  gthulhu_limit limit = half();
  gthulhu_count_held(&limit, 1000 * ms, 1, 0);  // it is not known since when
  EXPECT_EQ(limit.throttled_ns, 0U);
  limit.throttled_at_ns = 1050 * ms;
  gthulhu_count_held(&limit, 1100 * ms, 1, 1);
  EXPECT_EQ(limit.throttled_ns, 50 * ms);
  gthulhu_count_held(&limit, 1200 * ms, 1, 0);
  EXPECT_EQ(limit.throttled_ns, 150 * ms);
  EXPECT_EQ(limit.throttled_at_ns, 0U);
  gthulhu_count_held(&limit, 1300 * ms, 0, 0);
  EXPECT_EQ(limit.throttled_ns, 150 * ms);
}

TEST(CpuLimit, counts_the_time_of_who_is_moved_while_he_is_held_back) {
  gthulhu_limit limit = half();
  limit.throttled_at_ns = 1020 * ms;
  limit.held_ns = 1095 * ms;  // again and again until then
  gthulhu_count_held(&limit, 1100 * ms, 0, 0);
  EXPECT_EQ(limit.throttled_ns, 80 * ms);
  EXPECT_EQ(limit.throttled_at_ns, 1100 * ms);
}

TEST(CpuLimit, counts_no_time_of_who_was_killed_after_he_was_last_seen_to_be_held_back) {
  gthulhu_limit limit = half();
  limit.throttled_at_ns = 1020 * ms;
  limit.held_ns = 1050 * ms;
  gthulhu_count_held(&limit, 1100 * ms, 0, 0);
  EXPECT_EQ(limit.throttled_ns, 30 * ms);
  EXPECT_EQ(limit.throttled_at_ns, 0U);
}

TEST(CpuLimit, time_never_runs_backwards_where_another_cpu_was_quicker) {
  gthulhu_limit limit = half();
  limit.throttled_at_ns = limit.held_ns = 1100 * ms + 7;
  gthulhu_count_held(&limit, 1100 * ms, 1, 1);
  EXPECT_EQ(limit.throttled_ns, 0U);
}

TEST(CpuLimit, queues_have_numbers_of_their_own) {
  EXPECT_TRUE(gthulhu_is_limited_queue(gthulhu_limited_queue(0)));
  EXPECT_TRUE(gthulhu_is_limited_queue(gthulhu_limited_queue(GTHULHU_GROUPS_MOST - 1)));
  EXPECT_NE(gthulhu_limited_queue(1), gthulhu_limited_queue(2));
  // Of the kernel (enum scx_dsq_id_flags), and of CPUs.
  for (const std::uint64_t id : {1ULL << 63, 3ULL << 62, (3ULL << 62) | 7, 1ULL << 32, 7ULL}) {
    EXPECT_FALSE(gthulhu_is_limited_queue(id)) << id;
  }
  EXPECT_EQ(gthulhu_limited_queue(~0U) >> 62, 0U);
}

TEST(CpuLimit, debt_is_paid_by_the_quotas_that_follow) {
  const gthulhu_limit limit = half();
  EXPECT_EQ(gthulhu_refilled(-120 * signed_ms, 1, &limit), -70 * signed_ms);
  EXPECT_EQ(gthulhu_refilled(-120 * signed_ms, 3, &limit), 30 * signed_ms);
  EXPECT_EQ(gthulhu_refilled(-120 * signed_ms, ~0ULL, &limit), 50 * signed_ms);
}

TEST(CpuLimit, nobody_runs_for_longer_than_there_is_budget_nor_for_next_to_nothing) {
  EXPECT_EQ(gthulhu_grant(50 * signed_ms, 3 * ms), 3 * ms);
  EXPECT_EQ(gthulhu_grant(2 * signed_ms, 3 * ms), 2 * ms);
  EXPECT_EQ(gthulhu_grant(GTHULHU_GRANT_LEAST_NS - 1, 3 * ms), 0U);
  EXPECT_EQ(gthulhu_grant(-1, 3 * ms), 0U);
}

TEST(CpuLimit, as_many_go_on_as_the_budget_has_slices_for) {
  gthulhu_limit limit{};
  EXPECT_EQ(gthulhu_released(&limit, 4, 50 * signed_ms, 0, 3 * ms), 4U);
  EXPECT_EQ(gthulhu_released(&limit, 50, 10 * signed_ms, 0, 3 * ms), 4U);
  EXPECT_EQ(gthulhu_released(&limit, 0, 10 * signed_ms, 0, 3 * ms), 0U);
}

TEST(CpuLimit, each_has_a_turn_before_the_kernel_loses_patience_whatever_the_debt) {
  for (const std::uint64_t waiting : {1ULL, 10ULL, 500ULL, 20'000ULL}) {
    gthulhu_limit limit{};
    std::uint64_t released = 0;
    // However late it is looked.
    for (const std::uint64_t late : {1ULL, 2ULL, 4ULL, 5ULL, 10ULL, 20ULL})
      released +=
          gthulhu_released(&limit, waiting, -signed_ms, late * GTHULHU_HELD_MOST_NS / 20, 3 * ms);
    EXPECT_EQ(released, waiting);
  }
}

TEST(CpuLimit, who_is_in_debt_pays_it_first_while_there_is_time) {
  gthulhu_limit limit{};
  for (std::uint64_t at = 100 * ms; at < GTHULHU_HELD_MOST_NS; at += 100 * ms)
    ASSERT_EQ(gthulhu_released(&limit, 1, -5000 * signed_ms, at, 3 * ms), 0U);
}

// 500 busy threads with one hundredth of a CPU.
TEST(CpuLimit, turns_of_very_many_are_short_enough_for_the_quota) {
  gthulhu_limit limit{};
  std::uint64_t run_ns = 0;
  for (std::uint64_t at = 100 * ms; at <= 1000 * ms; at += 100 * ms) {
    const std::uint64_t released = gthulhu_released(&limit, 500, -signed_ms, at, 3 * ms);
    run_ns += released * gthulhu_grant_of_each(-signed_ms, released, 3 * ms);
  }
  EXPECT_LE(run_ns, 3 * ms);  // of ten
}

TEST(CpuLimit, turns_are_no_longer_than_a_slice) {
  EXPECT_EQ(gthulhu_grant_of_each(50 * signed_ms, 2, 3 * ms), 3 * ms);
  EXPECT_EQ(gthulhu_grant_of_each(0, 0, 3 * ms), GTHULHU_GRANT_LEAST_NS);
}

}  // namespace
}  // namespace gthulhu::scheduler
