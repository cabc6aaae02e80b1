// SPDX-License-Identifier: Apache-2.0
//
// Who goes before whom, on one CPU and between two.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "bpf/policy.h"

namespace gthulhu::scheduler {
namespace {

constexpr std::uint64_t ms = GTHULHU_MS;
constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
constexpr gthulhu_settings settings = GTHULHU_SETTINGS;

gthulhu_running running(int kind, int priority, std::uint64_t vtime) {
  gthulhu_running what{};
  what.kind = kind;
  what.priority = priority;
  what.vtime = vtime;
  return what;
}

// --- preemption ---

constexpr std::uint64_t clock_now = 1000 * ms;

bool preempts(int priority,
              std::uint64_t vtime,
              const gthulhu_running& what,
              std::uint64_t awake = 0) {
  return gthulhu_preempts(priority, vtime, clock_now, awake, &what, &settings) != 0;
}

TEST(PolicyPreempts, the_idle_class_always) {
  EXPECT_TRUE(preempts(-19, clock_now + 900 * ms, running(GTHULHU_RUNS_IDLE, -20, 0)));
  EXPECT_TRUE(preempts(20, clock_now, running(GTHULHU_RUNS_IDLE, -20, 0), highest));
}

TEST(PolicyPreempts, nothing_of_the_kernels_no_turn_of_the_starved_and_nobody) {
  for (const int kind : {GTHULHU_RUNS_NONE, GTHULHU_RUNS_GUARDED, GTHULHU_RUNS_KERNEL}) {
    EXPECT_FALSE(preempts(20, clock_now - 50 * ms, running(kind, 0, clock_now + 90 * ms))) << kind;
  }
}

TEST(PolicyPreempts, an_ordinary_one_when_within_the_share) {
  const gthulhu_running hog = running(GTHULHU_RUNS_ORDINARY, 0, clock_now - 5 * ms);
  EXPECT_TRUE(preempts(1, clock_now, hog));
  EXPECT_FALSE(preempts(1, clock_now + 1, hog));
  EXPECT_FALSE(preempts(0, clock_now - 5 * ms, hog));
}

TEST(PolicyPreempts, not_for_having_a_share_after_running_for_long_without_sleep) {
  const gthulhu_running hog = running(GTHULHU_RUNS_ORDINARY, 0, clock_now);
  EXPECT_TRUE(preempts(1, clock_now, hog, settings.privilege_ns - 1));
  EXPECT_FALSE(preempts(1, clock_now, hog, settings.privilege_ns));
}

TEST(PolicyPreempts, who_is_ahead_by_more_than_the_granularity) {
  const gthulhu_running hog = running(GTHULHU_RUNS_ORDINARY, 0, clock_now + 3 * ms);
  EXPECT_TRUE(preempts(0, clock_now + 3 * ms - settings.granularity_ns - 1, hog));
  EXPECT_FALSE(preempts(0, clock_now + 3 * ms - settings.granularity_ns, hog));
  EXPECT_TRUE(preempts(-5, clock_now, hog));
  EXPECT_TRUE(preempts(5, clock_now + ms, hog));
}

// One who wakes many would else lose the CPU to each of them.
TEST(PolicyPreempts, who_mostly_runs_for_long_and_has_just_begun_only_within_the_share) {
  gthulhu_running waker = running(GTHULHU_RUNS_ORDINARY, 0, clock_now + 3 * ms);
  waker.burst_ns = 10 * settings.protected_ns;
  EXPECT_FALSE(preempts(0, clock_now, waker));
  EXPECT_TRUE(preempts(1, clock_now, waker));
  waker.ran_ns = settings.protected_ns;
  EXPECT_TRUE(preempts(0, clock_now, waker));
}

// Who passes something to and fro sleeps right after.
TEST(PolicyPreempts, at_once_who_mostly_sleeps_soon) {
  gthulhu_running waker = running(GTHULHU_RUNS_ORDINARY, 0, clock_now + 3 * ms);
  waker.burst_ns = 10 * settings.protected_ns - 1;
  EXPECT_TRUE(preempts(0, clock_now, waker));
}

TEST(PolicyPreempts, bursts_are_expected_to_be_as_the_last_ones) {
  gthulhu_task task{};
  for (int i = 0; i < 20; ++i) {
    task.awake_ns = ms;
    gthulhu_end_burst(&task);
  }
  EXPECT_EQ(task.awake_ns, 0U);
  EXPECT_NEAR(static_cast<double>(gthulhu_expected_burst(&task)), ms, 0.01 * ms);
  task.awake_ns = ms / 10;
  gthulhu_end_burst(&task);
  EXPECT_NEAR(static_cast<double>(gthulhu_expected_burst(&task)), 0.775 * ms, 0.01 * ms);
}

TEST(PolicyPreempts, who_has_never_slept_is_expected_to_go_on_for_a_part_of_what_it_ran) {
  gthulhu_task task{};
  task.awake_ns = 8 * ms;
  EXPECT_EQ(gthulhu_expected_burst(&task), 2 * ms);
}

// What runs is ahead of the clock by up to a slice of its own share, with many pods a whole round.
// Who preempted as far as that would then wait for all of the round.
TEST(PolicyPreempts, not_when_far_ahead_of_the_clock_itself) {
  const gthulhu_running hog = running(GTHULHU_RUNS_ORDINARY, 0, clock_now + 60 * ms);
  EXPECT_TRUE(preempts(0, clock_now + settings.ahead_ns - 1, hog));
  EXPECT_FALSE(preempts(0, clock_now + settings.ahead_ns, hog));
}

TEST(PolicyPreempts, a_boosted_one_within_its_share_only_by_a_higher_priority_within_its_own) {
  const gthulhu_running boosted = running(GTHULHU_RUNS_BOOSTED, 5, clock_now);
  EXPECT_TRUE(preempts(6, clock_now, boosted));
  EXPECT_FALSE(preempts(5, clock_now - 9 * ms, boosted));
  EXPECT_FALSE(preempts(4, clock_now - 9 * ms, boosted));
  EXPECT_FALSE(preempts(6, clock_now + 1, boosted));
  EXPECT_FALSE(preempts(0, clock_now - 9 * ms, boosted));
}

TEST(PolicyPreempts, a_boosted_one_beyond_its_share_as_an_ordinary_one) {
  const gthulhu_running beyond = running(GTHULHU_RUNS_BOOSTED, 20, clock_now + 2 * ms);
  EXPECT_TRUE(preempts(1, clock_now, beyond));
  EXPECT_TRUE(preempts(0, clock_now, beyond));
  EXPECT_FALSE(preempts(0, clock_now + 2 * ms, beyond));
}

TEST(PolicyPreempts, the_same_where_virtual_times_pass_2_to_the_64) {
  const gthulhu_running hog = running(GTHULHU_RUNS_ORDINARY, 0, 2 * ms);
  EXPECT_TRUE(gthulhu_preempts(0, highest - ms, highest - ms, 0, &hog, &settings));
  const gthulhu_running at_clock = running(GTHULHU_RUNS_ORDINARY, 0, 5);
  EXPECT_TRUE(gthulhu_preempts(1, highest, 5, 0, &at_clock, &settings));
  EXPECT_FALSE(gthulhu_preempts(1, 6, 5, 0, &at_clock, &settings));
}

TEST(PolicyNoteRun, whoever_is_woken_next_finds_it_running_already) {
  gthulhu_cpu cpu{};
  gthulhu_task task{};
  task.policy.priority = 7;
  task.vtime = clock_now;
  task.share = GTHULHU_SHARE_ONE;
  gthulhu_note_run(&cpu, &task, GTHULHU_RUNS_BOOSTED, 5 * ms);
  const gthulhu_running next = gthulhu_running_at(&cpu, 5 * ms);
  EXPECT_FALSE(preempts(7, clock_now - ms, next));
  EXPECT_TRUE(preempts(8, clock_now - ms, next));
}

// --- turns ---

// Has run for so long of a turn that began at the clock.
gthulhu_task in_turn(std::uint64_t ran_ns, std::uint64_t share = GTHULHU_SHARE_ONE / 4) {
  gthulhu_task task{};
  task.vtime = clock_now;
  task.share = share;
  gthulhu_begin_turn(&task);
  gthulhu_advance(&task, ran_ns);
  return task;
}

std::uint64_t tag_when_interrupted(gthulhu_task task) {
  gthulhu_interrupt_turn(&task, settings.slice_ns, &settings);
  return gthulhu_start_tag(&task);
}

TEST(PolicyTurn, who_is_interrupted_keeps_his_place) {
  EXPECT_EQ(tag_when_interrupted(in_turn(ms)), clock_now);
  EXPECT_EQ(tag_when_interrupted(in_turn(settings.slice_ns - 1)), clock_now);
}

TEST(PolicyTurn, is_over_after_the_slice_however_often_it_was_interrupted) {
  EXPECT_EQ(tag_when_interrupted(in_turn(settings.slice_ns)), clock_now + 4 * settings.slice_ns);
  gthulhu_task task = in_turn(0);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(tag_when_interrupted(task), clock_now) << i;
    gthulhu_begin_turn(&task);
    gthulhu_advance(&task, settings.slice_ns / 4);
  }
  EXPECT_EQ(tag_when_interrupted(task), clock_now + 4 * settings.slice_ns);
}

TEST(PolicyTurn, is_over_for_those_who_would_not_have_slept) {
  gthulhu_task task = in_turn(ms);
  task.burst_ns = settings.slice_ns - 1;
  EXPECT_EQ(tag_when_interrupted(task), clock_now);
  task.burst_ns = settings.slice_ns;
  EXPECT_EQ(tag_when_interrupted(task), task.vtime);
}

TEST(PolicyTurn, is_over_when_little_was_due) {
  EXPECT_EQ(tag_when_interrupted(in_turn(ms, GTHULHU_SHARE_ONE / 128)), clock_now + 128 * ms);
}

TEST(PolicyTurn, of_one_above_0_is_over_at_once) {
  gthulhu_task task = in_turn(ms);
  task.policy.priority = 1;
  EXPECT_EQ(tag_when_interrupted(task), task.vtime);
}

TEST(PolicyTurn, the_next_one_begins_where_the_last_has_ended) {
  gthulhu_task task = in_turn(ms);
  gthulhu_end_turn(&task);
  EXPECT_EQ(gthulhu_start_tag(&task), task.vtime);
  gthulhu_task asleep = in_turn(ms);
  gthulhu_end_burst(&asleep);
  EXPECT_EQ(gthulhu_start_tag(&asleep), asleep.vtime);
}

TEST(PolicyTurn, never_begins_later_than_the_task_has_come) {
  gthulhu_task task = in_turn(ms);
  task.vtime = clock_now - 5 * ms;  // gthulhu_placed() took it back
  EXPECT_EQ(tag_when_interrupted(task), task.vtime);
}

TEST(PolicyTurn, changes_cpus_with_the_task) {
  gthulhu_cpu from{};
  gthulhu_cpu to{};
  from.clock = clock_now;
  to.clock = clock_now + 1000 * ms;
  gthulhu_task task = in_turn(ms);
  gthulhu_carry(&task, &from, &to, &settings);
  EXPECT_EQ(task.vtime, clock_now + 1004 * ms);
  EXPECT_EQ(tag_when_interrupted(task), clock_now + 1000 * ms);
}

// --- who is next ---

constexpr gthulhu_candidate nobody{0, 0, 0};

gthulhu_candidate candidate(bool is_within_share, std::uint64_t vtime) {
  gthulhu_candidate what{};
  what.exists = 1;
  what.is_within_share = is_within_share ? 1 : 0;
  what.vtime = vtime;
  return what;
}

TEST(PolicyGoesBefore, somebody_before_nobody_and_nobody_before_none) {
  EXPECT_TRUE(gthulhu_goes_before(candidate(false, 9), nobody));
  EXPECT_FALSE(gthulhu_goes_before(nobody, candidate(false, 9)));
  EXPECT_FALSE(gthulhu_goes_before(nobody, nobody));
}

TEST(PolicyGoesBefore, within_the_share_first_then_by_virtual_time) {
  EXPECT_TRUE(gthulhu_goes_before(candidate(true, 9), candidate(false, 1)));
  EXPECT_FALSE(gthulhu_goes_before(candidate(false, 1), candidate(true, 9)));
  EXPECT_TRUE(gthulhu_goes_before(candidate(true, 1), candidate(true, 9)));
  EXPECT_TRUE(gthulhu_goes_before(candidate(false, highest), candidate(false, 9)));
  EXPECT_FALSE(gthulhu_goes_before(candidate(false, 9), candidate(false, 9)));
}

TEST(PolicyCandidate, is_within_its_share_only_if_it_exists) {
  EXPECT_TRUE(gthulhu_candidate_of(1, 1, 5, 5).is_within_share);
  EXPECT_FALSE(gthulhu_candidate_of(1, 1, 6, 5).is_within_share);
  EXPECT_FALSE(gthulhu_candidate_of(1, 0, 5, 5).is_within_share);
  EXPECT_FALSE(gthulhu_candidate_of(0, 1, 5, 5).is_within_share);
  EXPECT_FALSE(gthulhu_candidate_of(0, 1, 5, 5).exists);
}

TEST(PolicyChoose, whoever_is_alone) {
  const gthulhu_candidate any = candidate(false, 5);
  EXPECT_EQ(gthulhu_choose(any, nobody, nobody), GTHULHU_CHOICE_BOOSTED);
  EXPECT_EQ(gthulhu_choose(nobody, any, nobody), GTHULHU_CHOICE_ORDINARY);
  EXPECT_EQ(gthulhu_choose(nobody, nobody, any), GTHULHU_CHOICE_GOING_ON);
  EXPECT_EQ(gthulhu_choose(nobody, nobody, nobody), GTHULHU_CHOICE_ORDINARY);
}

TEST(PolicyChoose, a_boosted_one_within_its_share_before_all_who_are_not) {
  const gthulhu_candidate boosted = candidate(true, 9);
  EXPECT_EQ(gthulhu_choose(boosted, candidate(false, 1), candidate(false, 2)),
            GTHULHU_CHOICE_BOOSTED);
  EXPECT_EQ(gthulhu_choose(boosted, candidate(false, 1), candidate(true, 2)),
            GTHULHU_CHOICE_GOING_ON);
  EXPECT_EQ(gthulhu_choose(boosted, candidate(false, 1), candidate(true, 10)),
            GTHULHU_CHOICE_BOOSTED);
}

TEST(PolicyChoose, beyond_its_share_in_order_with_the_others) {
  EXPECT_EQ(gthulhu_choose(candidate(false, 5), candidate(false, 4), candidate(false, 6)),
            GTHULHU_CHOICE_ORDINARY);
  EXPECT_EQ(gthulhu_choose(candidate(false, 4), candidate(false, 5), candidate(false, 6)),
            GTHULHU_CHOICE_BOOSTED);
  EXPECT_EQ(gthulhu_choose(candidate(false, 6), candidate(false, 5), candidate(false, 4)),
            GTHULHU_CHOICE_GOING_ON);
  EXPECT_EQ(gthulhu_choose(candidate(false, 6), candidate(false, 5), nobody),
            GTHULHU_CHOICE_ORDINARY);
}

TEST(PolicyChoose, between_equals_who_runs_goes_on_and_a_boosted_one_comes_before_an_ordinary_one) {
  const gthulhu_candidate equal = candidate(false, 5);
  EXPECT_EQ(gthulhu_choose(equal, equal, equal), GTHULHU_CHOICE_GOING_ON);
  EXPECT_EQ(gthulhu_choose(equal, equal, nobody), GTHULHU_CHOICE_BOOSTED);
  EXPECT_EQ(gthulhu_choose(nobody, equal, equal), GTHULHU_CHOICE_GOING_ON);
}

// Nobody who is passed over goes before the one who is chosen.
TEST(PolicyChoose, never_passes_over_somebody_who_goes_before_the_chosen_one) {
  const std::array<gthulhu_candidate, 6> boosted{nobody,
                                                 candidate(true, 1),
                                                 candidate(true, 3),
                                                 candidate(false, 3),
                                                 candidate(false, 5),
                                                 candidate(false, highest)};
  const std::array<gthulhu_candidate, 4> ordinary{nobody, candidate(false, 2), candidate(false, 3),
                                                  candidate(false, 9)};
  for (const gthulhu_candidate& first : boosted) {
    for (const gthulhu_candidate& second : ordinary) {
      for (const gthulhu_candidate& going_on : boosted) {
        const int choice = gthulhu_choose(first, second, going_on);
        const gthulhu_candidate& chosen = choice == GTHULHU_CHOICE_BOOSTED    ? first
                                          : choice == GTHULHU_CHOICE_ORDINARY ? second
                                                                              : going_on;
        for (const gthulhu_candidate& other : {first, second, going_on}) {
          EXPECT_FALSE(gthulhu_goes_before(other, chosen));
        }
      }
    }
  }
}

// --- between CPUs ---

TEST(PolicyLead, is_that_of_the_clocks_with_their_offsets) {
  gthulhu_cpu ahead{};
  gthulhu_cpu behind{};
  ahead.clock = 3;
  behind.clock = highest;
  EXPECT_EQ(gthulhu_lead(&ahead, &behind), 4);
  EXPECT_EQ(gthulhu_lead(&behind, &ahead), -4);
  ahead.clock_offset = -10;
  behind.clock_offset = 2;
  EXPECT_EQ(gthulhu_lead(&ahead, &behind), -8);
}

TEST(PolicyLead, a_busy_cpu_relieves_only_one_that_is_far_behind) {
  const auto balance = static_cast<std::int64_t>(settings.balance_ns);
  EXPECT_FALSE(gthulhu_may_relieve(balance - 1, &settings));
  EXPECT_TRUE(gthulhu_may_relieve(balance, &settings));
  EXPECT_FALSE(gthulhu_may_relieve(-balance, &settings));
}

TEST(PolicyLead, only_who_has_not_had_his_share_is_taken_over) {
  EXPECT_TRUE(gthulhu_is_due(1000, 900, 100));
  EXPECT_TRUE(gthulhu_is_due(500, 900, 100));
  EXPECT_FALSE(gthulhu_is_due(1001, 900, 100));
  EXPECT_TRUE(gthulhu_is_due(3, highest, 4));
  EXPECT_FALSE(gthulhu_is_due(4, highest, 4));
}

TEST(PolicyLead, what_is_more_than_that_is_forgotten) {
  const auto balance = static_cast<std::int64_t>(settings.balance_ns);
  EXPECT_EQ(gthulhu_forgotten(balance, &settings), 0);
  EXPECT_EQ(gthulhu_forgotten(balance + 7, &settings), 7);
  EXPECT_EQ(gthulhu_forgotten(-5 * balance, &settings), 0);
}

}  // namespace
}  // namespace gthulhu::scheduler
