// SPDX-License-Identifier: Apache-2.0
//
// When it is somebody's turn because of having waited for long.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "bpf/starvation.h"

namespace gthulhu::scheduler {
namespace {

constexpr std::uint64_t ms = GTHULHU_MS;
constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
constexpr gthulhu_settings settings = GTHULHU_SETTINGS;

TEST(PolicySlice, turns_are_as_short_as_the_shortest_of_who_runs_and_who_waits) {
  EXPECT_EQ(gthulhu_exact_slice(0, 0), 0U);
  EXPECT_EQ(gthulhu_exact_slice(2 * ms, 0), 2 * ms);
  EXPECT_EQ(gthulhu_exact_slice(0, ms), ms);
  EXPECT_EQ(gthulhu_exact_slice(2 * ms, 5 * ms), 2 * ms);
  EXPECT_EQ(gthulhu_exact_slice(5 * ms, 2 * ms), 2 * ms);
}

TEST(PolicyStarve, the_more_wait_the_sooner_it_is_their_turn_so_that_the_kernel_keeps_us) {
  EXPECT_EQ(gthulhu_starve(50 * ms, 1, GTHULHU_WATCHDOG_NS), 50 * ms);
  EXPECT_EQ(gthulhu_starve(50 * ms, 0, GTHULHU_WATCHDOG_NS), 50 * ms);
  EXPECT_EQ(gthulhu_starve(50 * ms, 1000, GTHULHU_WATCHDOG_NS), GTHULHU_WATCHDOG_NS / 8000);
  for (const std::uint64_t waiting : {1ULL, 10ULL, 150ULL, 151ULL, 10'000ULL, 1ULL << 22}) {
    EXPECT_LE(waiting * gthulhu_starve(50 * ms, waiting, GTHULHU_WATCHDOG_NS),
              GTHULHU_WATCHDOG_NS / 8);
  }
}

TEST(PolicyStarve, who_waits_starves_after_that_time_and_nobody_never) {
  const auto is_starved = [](std::uint64_t since, std::uint64_t now, std::uint64_t waiting) {
    return gthulhu_is_starved(since, now, 50 * ms, waiting, GTHULHU_WATCHDOG_NS) != 0;
  };
  EXPECT_FALSE(is_starved(100 * ms, 149 * ms, 1));
  EXPECT_TRUE(is_starved(100 * ms, 150 * ms, 1));
  EXPECT_FALSE(is_starved(0, 150 * ms, 0));
  EXPECT_TRUE(is_starved(100 * ms, 104 * ms, 1000));
}

// Times of two CPUs differ by a little.
TEST(PolicyStarve, a_wait_that_begins_in_a_moment_is_none) {
  EXPECT_FALSE(gthulhu_is_starved(100 * ms + 1, 100 * ms, 50 * ms, 1, GTHULHU_WATCHDOG_NS));
}

std::uint64_t made_good(std::uint64_t since, std::uint64_t now, std::uint64_t ran) {
  return gthulhu_made_good(since, now, ran, 50 * ms, 4 * ms);
}

TEST(PolicyMadeGood, a_whole_turn_makes_good_what_it_is_for) {
  EXPECT_EQ(made_good(1000 * ms, 1054 * ms, 4 * ms), 1054 * ms);
}

TEST(PolicyMadeGood, a_short_run_makes_good_little) {
  EXPECT_EQ(made_good(1000 * ms, 1050 * ms, ms / 10), 1000 * ms + ms / 10 + 10 * ms / 8);
  EXPECT_EQ(made_good(1000 * ms, 1050 * ms, 0), 1000 * ms);
}

TEST(PolicyMadeGood, who_waited_for_longer_is_owed_more_but_not_without_end) {
  EXPECT_EQ(made_good(1000 * ms, 1104 * ms, 4 * ms), 1054 * ms);
  EXPECT_EQ(made_good(0, 9000 * ms, 0), 9000 * ms - GTHULHU_OWED_MOST * 50 * ms);
}

TEST(PolicyMadeGood, never_in_the_future) {
  EXPECT_EQ(made_good(1000 * ms, 1010 * ms, 4 * ms), 1010 * ms);
  EXPECT_EQ(made_good(1000 * ms, 1010 * ms, highest), 1010 * ms);
  EXPECT_EQ(made_good(1011 * ms, 1010 * ms, 0), 1010 * ms);
  EXPECT_EQ(gthulhu_made_good(0, 1010 * ms, ms, 50 * ms, 0), 1010 * ms);
}

TEST(PolicyTurn, is_longer_for_who_waited_for_longer_but_not_without_end) {
  const auto turn = [](std::uint64_t since, std::uint64_t now) {
    return gthulhu_turn(since, now, 50 * ms, 4 * ms);
  };
  EXPECT_EQ(turn(1000 * ms, 1000 * ms), 2 * ms);
  EXPECT_EQ(turn(1000 * ms, 1049 * ms), 2 * ms);
  EXPECT_EQ(turn(1000 * ms, 1050 * ms), 4 * ms);
  EXPECT_EQ(turn(1000 * ms, 1100 * ms), 8 * ms);
  EXPECT_EQ(turn(0, 1100 * ms), GTHULHU_OWED_MOST * 4 * ms);
  EXPECT_EQ(turn(1001 * ms, 1000 * ms), 2 * ms);
  EXPECT_EQ(gthulhu_turn(1000 * ms, 1100 * ms, 0, 4 * ms), 2 * ms);  // without a floor
}

TEST(PolicyBeginsToStarve, unless_one_of_them_runs_or_has_just_run) {
  EXPECT_TRUE(gthulhu_begins_to_starve(GTHULHU_RUNS_BOOSTED, 0));
  EXPECT_TRUE(gthulhu_begins_to_starve(GTHULHU_RUNS_KERNEL, 1));
  EXPECT_TRUE(gthulhu_begins_to_starve(GTHULHU_RUNS_NONE, 1));
  EXPECT_FALSE(gthulhu_begins_to_starve(GTHULHU_RUNS_NONE, 0));
  EXPECT_FALSE(gthulhu_begins_to_starve(GTHULHU_RUNS_ORDINARY, 1));
  EXPECT_FALSE(gthulhu_begins_to_starve(GTHULHU_RUNS_GUARDED, 1));
}

std::int64_t overdue(std::uint64_t waited, int priority, std::uint64_t waiting) {
  return gthulhu_overdue(highest - 5, waited - 6, priority, waiting, &settings) /
         static_cast<std::int64_t>(ms);
}

TEST(PolicyOverdue, is_who_has_waited_for_half_of_what_is_promised) {
  EXPECT_EQ(overdue(50 * ms, 0, 1), 0);
  EXPECT_EQ(overdue(40 * ms, 20, 1), -10);
  EXPECT_EQ(overdue(160 * ms, 0, 3), 10);
  EXPECT_EQ(overdue(490 * ms, -1, 1), -10);
}

TEST(PolicyOverdue, however_many_wait_before_the_kernel_loses_patience) {
  EXPECT_GT(overdue(GTHULHU_WATCHDOG_NS / 8 + ms, -1, 100'000), 0);
}

TEST(PolicyStretch, a_long_slice_is_looked_at_in_time_to_see_who_is_overdue) {
  EXPECT_EQ(gthulhu_stretch(3 * ms, &settings), 3 * ms);
  EXPECT_EQ(gthulhu_stretch(100 * ms, &settings), settings.starve_ns / 2);
}

TEST(PolicyStretch, what_is_left_of_a_long_slice_is_kept) {
  const auto left = [](std::uint64_t slice, std::uint64_t ends, std::uint64_t now) {
    return gthulhu_slice_left(slice, ends, now, &settings);
  };
  EXPECT_EQ(left(100 * ms, 500 * ms, 425 * ms), 75 * ms);
  EXPECT_EQ(left(100 * ms, 500 * ms, 500 * ms - settings.granularity_ns), 0U);
  EXPECT_EQ(left(100 * ms, 500 * ms, 501 * ms), 0U);
  EXPECT_EQ(left(100 * ms, 0, 425 * ms), 0U);
  EXPECT_EQ(left(25 * ms, 500 * ms, 490 * ms), 0U);  // it ends by itself
}

TEST(PolicyMustLook, in_time_to_see_who_is_overdue) {
  const std::uint64_t look = gthulhu_next_look(1000 * ms, 2, &settings);
  EXPECT_EQ(look, 1025 * ms);
  EXPECT_FALSE(gthulhu_must_look(look, 1024 * ms));
  EXPECT_TRUE(gthulhu_must_look(look, 1025 * ms));
  EXPECT_FALSE(gthulhu_must_look(look, 999 * ms));
}

TEST(PolicyMustLook, the_more_wait_the_more_seldom_because_it_takes_longer) {
  EXPECT_EQ(gthulhu_next_look(0, 63, &settings), 25 * ms);
  EXPECT_EQ(gthulhu_next_look(0, 640, &settings), 275 * ms);
  EXPECT_EQ(gthulhu_next_look(0, 100'000, &settings), GTHULHU_WATCHDOG_NS / 32);
}

TEST(PolicyLook, goes_through_all_only_where_nobody_overdue_is_found_before) {
  constexpr std::int64_t late = 0;
  constexpr std::int64_t early = -1;
  EXPECT_FALSE(gthulhu_has_looked_enough(GTHULHU_COMPARED_MOST - 1, late, 1));
  EXPECT_TRUE(gthulhu_has_looked_enough(GTHULHU_COMPARED_MOST, late, 1));
  EXPECT_FALSE(gthulhu_has_looked_enough(GTHULHU_COMPARED_MOST, early, 1));
  EXPECT_TRUE(gthulhu_has_looked_enough(GTHULHU_COMPARED_MOST, early, 0));
}

}  // namespace
}  // namespace gthulhu::scheduler
