// SPDX-License-Identifier: Apache-2.0
#include "bpf/policy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace gthulhu::scheduler {
namespace {

constexpr std::uint64_t ms = GTHULHU_MS;
constexpr std::uint64_t one = GTHULHU_SHARE_ONE;
constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
constexpr gthulhu_settings settings = GTHULHU_SETTINGS;

// What the kernel program passes at most.
constexpr std::uint64_t heaviest = 88818;
constexpr std::uint64_t heaviest_group = 10000ULL * GTHULHU_WEIGHT_ONE / 100;
constexpr std::uint64_t most_cpus = GTHULHU_CPUS_MOST * one;

std::uint64_t exact_part(std::uint64_t share, std::uint64_t weight, std::uint64_t load) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(share) * weight / load);
}

// --- weights ---

TEST(PolicyWeight, a_step_of_priority_is_a_factor_of_five_fourths) {
  for (int priority = -19; priority < 20; ++priority) {
    const double ratio = static_cast<double>(gthulhu_weight(0, priority + 1)) /
                         static_cast<double>(gthulhu_weight(0, priority));
    EXPECT_NEAR(ratio, 1.25, priority < -13 ? 0.06 : 0.03) << priority;
  }
}

TEST(PolicyWeight, priority_moves_the_own_nice_value_and_stays_within_the_kernels_range) {
  EXPECT_EQ(gthulhu_weight(0, 0), static_cast<std::uint32_t>(GTHULHU_WEIGHT_ONE));
  EXPECT_EQ(gthulhu_weight(5, 5), gthulhu_weight(0, 0));
  EXPECT_EQ(gthulhu_weight(-20, 20), gthulhu_weight(-20, 0));
  EXPECT_EQ(gthulhu_weight(0, 20), heaviest);
  EXPECT_EQ(gthulhu_weight(19, -19), gthulhu_weight(19, 0));
  EXPECT_EQ(gthulhu_weight(19, -20), 15U);
}

TEST(PolicyWeight, of_a_cgroup_with_the_default_cpu_weight_is_that_of_nice_0) {
  EXPECT_EQ(gthulhu_weight_of_group(100), static_cast<std::uint64_t>(GTHULHU_WEIGHT_ONE));
  EXPECT_EQ(gthulhu_weight_of_group(1), 10U);
  EXPECT_EQ(gthulhu_weight_of_group(0), static_cast<std::uint64_t>(GTHULHU_WEIGHT_IDLE));
  EXPECT_EQ(gthulhu_weight_of_group(10000), heaviest_group);
}

// --- order of virtual times ---

TEST(PolicyOrder, a_virtual_time_comes_before_a_later_one_also_past_2_to_the_64) {
  EXPECT_TRUE(gthulhu_is_before(1, 2));
  EXPECT_FALSE(gthulhu_is_before(2, 1));
  EXPECT_FALSE(gthulhu_is_before(7, 7));
  EXPECT_TRUE(gthulhu_is_before(highest, 0));
  EXPECT_TRUE(gthulhu_is_before(highest - 5, 5));
  EXPECT_FALSE(gthulhu_is_before(5, highest - 5));
}

// --- shares ---

TEST(PolicyShare, is_divided_by_weights) {
  EXPECT_EQ(gthulhu_part(one, 1024, 4096), one / 4);
  EXPECT_EQ(gthulhu_part(2 * one, 1024, 3072), 2 * one / 3);
  EXPECT_EQ(gthulhu_part(one, 1024, 1024), one);
}

TEST(PolicyShare, a_boosted_task_may_be_due_more_than_the_whole) {
  EXPECT_EQ(gthulhu_part(one, heaviest, 1024), exact_part(one, heaviest, 1024));
}

TEST(PolicyShare, nobody_who_counts_is_no_division_by_zero) {
  EXPECT_EQ(gthulhu_part(one, 0, 0), 0U);
  EXPECT_EQ(gthulhu_part(one, 1024, 0), one * 1024);
  EXPECT_EQ(gthulhu_part(0, 1024, 1024), 0U);
}

// What is due to a group is at most all CPUs, as its weight is part of the load.
TEST(PolicyShare, of_the_heaviest_task_of_the_largest_machine_does_not_overflow) {
  EXPECT_EQ(gthulhu_part(most_cpus, heaviest, 15), exact_part(most_cpus, heaviest, 15));
  EXPECT_EQ(gthulhu_part(most_cpus, heaviest_group, heaviest_group), most_cpus);
}

// --- virtual time ---

TEST(PolicyVirtual, time_goes_slower_for_whom_more_is_due) {
  EXPECT_EQ(gthulhu_virtual(3 * ms, one), 3 * ms);
  EXPECT_EQ(gthulhu_virtual(3 * ms, one / 3), 9 * ms);
  EXPECT_EQ(gthulhu_virtual(3 * ms, 3 * one), ms);
  EXPECT_EQ(gthulhu_virtual(0, one), 0U);
}

TEST(PolicyVirtual, a_share_of_nothing_counts_as_a_millionth_of_a_cpu) {
  EXPECT_EQ(gthulhu_virtual(ms, 0), ms << 20);
  EXPECT_EQ(gthulhu_virtual(ms, 1), ms << 20);
  EXPECT_EQ(gthulhu_virtual(ms, one >> 20), ms << 20);
}

TEST(PolicyVirtual, a_run_of_more_than_four_seconds_counts_as_four) {
  EXPECT_EQ(gthulhu_virtual(1ULL << 33, one), 1ULL << 32);
  EXPECT_EQ(gthulhu_virtual(highest, one), 1ULL << 32);
}

// No step may be so long that the order of virtual times turns round.
TEST(PolicyVirtual, the_longest_step_keeps_the_order) {
  const std::uint64_t longest = gthulhu_virtual(highest, 0);
  EXPECT_EQ(longest, 1ULL << 52);
  EXPECT_TRUE(gthulhu_is_before(7, 7 + longest));
  EXPECT_GT(gthulhu_virtual(highest, exact_part(most_cpus, heaviest, 15)), 0U);
}

std::uint64_t carried(std::uint64_t vtime, std::uint64_t before, std::uint64_t after) {
  gthulhu_cpu from{};
  gthulhu_cpu to{};
  from.clock = before;
  to.clock = after;
  return gthulhu_carried(vtime, &from, &to, 0, &settings);
}

TEST(PolicyCarried, between_cpus_kept_level_who_moves_stays_where_it_is) {
  EXPECT_EQ(carried(100, 90, 95), 100U);
  EXPECT_EQ(carried(100, 95, 90), 100U);
  EXPECT_EQ(carried(5, highest, 3), 5U);
  EXPECT_EQ(carried(100, 90, 90 + 2 * settings.balance_ns), 100U);
}

TEST(PolicyCarried, a_sleeper_keeps_what_it_had_of_its_share) {
  gthulhu_cpu from{};
  gthulhu_cpu to{};
  from.clock = 95 * ms;
  to.clock = 90 * ms;
  EXPECT_EQ(gthulhu_carried(94 * ms, &from, &to, 1, &settings), 89 * ms);
  EXPECT_EQ(gthulhu_carried(94 * ms, &from, &to, 0, &settings), 94 * ms);
}

TEST(PolicyCarried, between_others_it_stays_as_far_from_the_clock) {
  const std::uint64_t far = 2 * settings.balance_ns + 1;
  EXPECT_EQ(carried(100, 90, 90 + far), 100 + far);
  EXPECT_EQ(carried(far + 100, far + 90, 90), 100U);
  EXPECT_EQ(carried(highest, 7, 7 + far), far - 1);
}

TEST(PolicyCarried, offsets_say_what_is_level) {
  gthulhu_cpu from{};
  gthulhu_cpu to{};
  from.clock = 90 * ms;
  to.clock = 5090 * ms;
  to.clock_offset = -5000 * static_cast<std::int64_t>(ms);
  EXPECT_EQ(gthulhu_carried(100 * ms, &from, &to, 0, &settings), 5100 * ms);
  from.clock_offset = -3 * static_cast<std::int64_t>(ms);
  EXPECT_EQ(gthulhu_carried(100 * ms, &from, &to, 0, &settings), 5097 * ms);
}

// --- where a task is placed ---

std::uint64_t placed(std::uint64_t vtime,
                     std::uint64_t clock,
                     int priority,
                     bool has_slept,
                     std::uint64_t share = one / 2,
                     std::uint64_t waiting = 1) {
  return gthulhu_placed(vtime, clock, share, priority, has_slept ? 1 : 0, waiting, &settings);
}

TEST(PolicyPlaced, who_is_near_the_clock_stays_where_it_is) {
  EXPECT_EQ(placed(1000 * ms + 5, 1000 * ms, 0, true), 1000 * ms + 5);
  EXPECT_EQ(placed(1000 * ms - 5, 1000 * ms, 0, true), 1000 * ms - 5);
}

TEST(PolicyPlaced, who_waits_is_not_further_ahead_than_the_promise) {
  const std::uint64_t clock = 1000 * ms;
  EXPECT_EQ(placed(clock + settings.wait_ns, clock, 0, false), clock + settings.wait_ns);
  EXPECT_EQ(placed(clock + settings.wait_ns + 1, clock, 0, false), clock + settings.wait_ns);
  EXPECT_EQ(placed(clock + 5000 * ms, clock, 20, false), clock + settings.wait_ns);
  EXPECT_EQ(placed(clock + 50000 * ms, clock, -1, true), clock + 10 * settings.wait_ns);
}

TEST(PolicyPlaced, it_is_further_ahead_where_more_wait) {
  const std::uint64_t clock = 1000 * ms;
  const auto most = [&](int priority, std::uint64_t waiting) {
    return placed(clock + 500000 * ms, clock, priority, false, one, waiting) - clock;
  };
  EXPECT_EQ(most(0, 0), settings.wait_ns);
  EXPECT_EQ(most(0, 7), 7 * settings.wait_ns);
  EXPECT_EQ(most(-1, 7), 70 * settings.wait_ns);
  EXPECT_EQ(most(0, 10'000), GTHULHU_WAITING_MOST * settings.wait_ns);
}

TEST(PolicyPlaced, how_many_wait_is_asked_only_where_it_matters) {
  const std::uint64_t clock = 1000 * ms;
  EXPECT_FALSE(gthulhu_is_far_ahead(clock + settings.wait_ns, clock, &settings));
  EXPECT_TRUE(gthulhu_is_far_ahead(clock + settings.wait_ns + 1, clock, &settings));
  for (const std::uint64_t waiting : {1U, 2U, 100U})
    EXPECT_EQ(placed(clock + settings.wait_ns, clock, 0, false, one, waiting),
              clock + settings.wait_ns);
}

TEST(PolicyPlaced, a_sleeper_keeps_little_of_what_it_left_and_who_did_not_sleep_all) {
  const std::uint64_t clock = 5000 * ms;
  EXPECT_EQ(placed(0, clock, 0, true), clock - settings.lag_ns);
  EXPECT_EQ(placed(0, clock, 0, false), 0U);
}

TEST(PolicyPlaced, whom_more_than_a_cpu_is_due_keeps_no_more_cpu_time_than_others) {
  const std::uint64_t clock = 5000 * ms;
  const std::uint64_t share = 40 * one;
  EXPECT_EQ(placed(0, clock, 20, true, share), clock - settings.lag_ns / 40);
  EXPECT_EQ(gthulhu_virtual(settings.lag_ns, share), settings.lag_ns / 40);
  EXPECT_EQ(placed(0, clock, 20, true, one), clock - settings.lag_ns);
}

TEST(PolicyPlaced, the_bounds_hold_where_the_clock_passes_2_to_the_64) {
  EXPECT_EQ(placed(highest - 10 * ms, 5 * ms, 0, true), 5 * ms - settings.lag_ns);
  EXPECT_EQ(placed(500 * ms, highest - ms, 0, false), highest - ms + settings.wait_ns);
  EXPECT_EQ(placed(3 * ms, highest - ms, 0, true), 3 * ms);
}

TEST(PolicyPlaced, again_it_stays_where_it_is) {
  for (const std::uint64_t vtime : {0 * ms, 990 * ms, 1000 * ms, 1050 * ms, 9000 * ms}) {
    for (const int priority : {-20, -1, 0, 1, 20}) {
      const std::uint64_t first = placed(vtime, 1000 * ms, priority, true);
      EXPECT_EQ(placed(first, 1000 * ms, priority, false), first);
      EXPECT_EQ(placed(first, 1000 * ms, priority, true), first);
    }
  }
}

// --- who may go before ---

TEST(PolicyWithinShare, only_above_0_and_not_ahead_of_the_clock) {
  EXPECT_TRUE(gthulhu_is_within_share(1, 100, 100));
  EXPECT_TRUE(gthulhu_is_within_share(20, 99, 100));
  EXPECT_FALSE(gthulhu_is_within_share(20, 101, 100));
  EXPECT_FALSE(gthulhu_is_within_share(0, 99, 100));
  EXPECT_FALSE(gthulhu_is_within_share(-5, 99, 100));
  EXPECT_TRUE(gthulhu_is_within_share(1, highest, 3));
}

TEST(PolicyKind, is_that_of_the_priority) {
  EXPECT_EQ(gthulhu_kind(-20), GTHULHU_RUNS_IDLE);
  EXPECT_EQ(gthulhu_kind(-19), GTHULHU_RUNS_ORDINARY);
  EXPECT_EQ(gthulhu_kind(0), GTHULHU_RUNS_ORDINARY);
  EXPECT_EQ(gthulhu_kind(1), GTHULHU_RUNS_BOOSTED);
  EXPECT_EQ(gthulhu_kind(20), GTHULHU_RUNS_BOOSTED);
}

TEST(PolicyClock, goes_with_whoever_runs_in_order_and_never_back) {
  EXPECT_EQ(gthulhu_clock(100, 120, GTHULHU_RUNS_ORDINARY, 0), 120U);
  EXPECT_EQ(gthulhu_clock(100, 120, GTHULHU_RUNS_BOOSTED, 0), 120U);
  EXPECT_EQ(gthulhu_clock(100, 80, GTHULHU_RUNS_ORDINARY, 0), 100U);
  EXPECT_EQ(gthulhu_clock(highest, 3, GTHULHU_RUNS_ORDINARY, 0), 3U);
}

TEST(PolicyClock, stands_while_somebody_runs_out_of_order_or_of_the_idle_class) {
  EXPECT_EQ(gthulhu_clock(100, 120, GTHULHU_RUNS_ORDINARY, 1), 100U);
  EXPECT_EQ(gthulhu_clock(100, 120, GTHULHU_RUNS_GUARDED, 1), 100U);
  EXPECT_EQ(gthulhu_clock(100, 120, GTHULHU_RUNS_IDLE, 0), 100U);
}

TEST(PolicySlice, is_that_of_the_rule_else_that_of_the_kind) {
  gthulhu_settings own = settings;
  own.boosted_slice_ns = 7 * ms;
  gthulhu_policy policy{};
  EXPECT_EQ(gthulhu_slice(&policy, &own), own.slice_ns);
  policy.priority = 1;
  EXPECT_EQ(gthulhu_slice(&policy, &own), 7 * ms);
  policy.priority = -20;
  EXPECT_EQ(gthulhu_slice(&policy, &own), own.slice_ns);
  policy.slice_ns = 123456;
  EXPECT_EQ(gthulhu_slice(&policy, &own), 123456U);
}

// --- what runs elsewhere ---

TEST(PolicyRunningAt, what_has_run_since_it_began_counts) {
  gthulhu_cpu cpu{};
  cpu.run_kind = GTHULHU_RUNS_BOOSTED;
  cpu.run_priority = -7;
  cpu.run_vtime = highest;
  cpu.run_at_ns = 10 * ms;
  cpu.run_share = one / 2;
  const gthulhu_running later = gthulhu_running_at(&cpu, 13 * ms);
  EXPECT_EQ(later.kind, GTHULHU_RUNS_BOOSTED);
  EXPECT_EQ(later.priority, -7);
  EXPECT_EQ(later.vtime, 6 * ms - 1);
}

// Clocks of two CPUs differ by a little.
TEST(PolicyRunningAt, a_moment_before_it_began_counts_as_that) {
  gthulhu_cpu cpu{};
  cpu.run_vtime = 77;
  cpu.run_at_ns = 10 * ms;
  EXPECT_EQ(gthulhu_running_at(&cpu, 9 * ms).vtime, 77U);
  EXPECT_EQ(gthulhu_running_at(&cpu, 10 * ms).vtime, 77U);
}

}  // namespace
}  // namespace gthulhu::scheduler
