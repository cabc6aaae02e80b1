// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/ejections.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using State = Ejections::State;

constexpr MonotonicTime begin{1h};

// A scheduler that is tried as soon as it may be.
struct Scheduler {
  Ejections ejections;
  MonotonicTime now = begin;

  void fails_after(std::chrono::seconds running) {
    now += running;
    ejections.ended(ExitCause::failed, now);
  }
  void comes_back() {
    ASSERT_TRUE(ejections.next_trial());
    now = *ejections.next_trial();
    EXPECT_FALSE(ejections.may_try(now - 1ms)) << "too early";
    ASSERT_TRUE(ejections.may_try(now));
    ejections.trying();
  }
};

TEST(Ejections, the_kernels_numbers_say_why_it_ended) {
  constexpr std::int64_t hotplug = (std::int64_t{1} << 48) | (std::int64_t{1} << 32);
  struct Row {
    int kind;
    std::int64_t code;
    ExitCause cause;
  };
  const std::vector<Row> rows{
      {64, 0, ExitCause::asked},          {65, 0, ExitCause::asked},
      {66, 0, ExitCause::asked},          {67, 0, ExitCause::asked},
      {66, hotplug, ExitCause::outdated}, {65, std::int64_t{1} << 48, ExitCause::outdated},
      {65, 7, ExitCause::asked},          {1024, 0, ExitCause::failed},
      {1025, 0, ExitCause::failed},       {1026, 0, ExitCause::failed},
      {1026, hotplug, ExitCause::failed},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(exit_cause(row.kind, row.code), row.cause) << row.kind << ' ' << row.code;
  }
}

TEST(Ejections, one_that_was_never_thrown_out_is_welcome) {
  const Ejections ejections;
  EXPECT_EQ(ejections.state(), State::welcome);
  EXPECT_TRUE(ejections.may_try(begin));
}

TEST(Ejections, after_failures_it_comes_back_later_and_later) {
  Scheduler scheduler;
  scheduler.fails_after(0s);
  EXPECT_EQ(scheduler.ejections.state(), State::delayed);
  EXPECT_EQ(scheduler.ejections.delay(), 1s);
  scheduler.comes_back();
  EXPECT_EQ(scheduler.ejections.state(), State::welcome);
  scheduler.fails_after(9min);
  EXPECT_EQ(scheduler.ejections.delay(), 10s);
  scheduler.comes_back();
  scheduler.fails_after(3min);
  EXPECT_EQ(scheduler.ejections.state(), State::delayed) << "the first is eleven minutes ago";
  EXPECT_EQ(scheduler.ejections.delay(), 60s);
}

TEST(Ejections, ten_minutes_without_one_and_they_are_forgotten) {
  Scheduler scheduler;
  scheduler.fails_after(0s);
  scheduler.comes_back();
  scheduler.fails_after(9min);
  scheduler.comes_back();
  scheduler.fails_after(10min);
  EXPECT_EQ(scheduler.ejections.delay(), 1s);
}

TEST(Ejections, the_third_in_ten_minutes_puts_it_into_quarantine) {
  Scheduler scheduler;
  scheduler.fails_after(0s);
  scheduler.comes_back();
  scheduler.fails_after(4min);
  scheduler.comes_back();
  scheduler.fails_after(5min);
  EXPECT_EQ(scheduler.ejections.state(), State::quarantined);
  EXPECT_EQ(scheduler.ejections.delay(), 30min);
  scheduler.comes_back();
  EXPECT_EQ(scheduler.ejections.state(), State::welcome);
}

TEST(Ejections, after_quarantine_one_more_keeps_it_off_until_reset) {
  for (const std::chrono::seconds running : {std::chrono::seconds(1s), std::chrono::seconds(24h)}) {
    Scheduler scheduler;
    for (int i = 0; i < 3; ++i) {
      scheduler.fails_after(1s);
      scheduler.comes_back();
    }
    scheduler.fails_after(running);
    EXPECT_EQ(scheduler.ejections.state(), State::off_for_good);
    EXPECT_FALSE(scheduler.ejections.may_try(scheduler.now + 24h * 365));
    scheduler.ejections.reset();
    EXPECT_TRUE(scheduler.ejections.may_try(scheduler.now));
    scheduler.fails_after(1s);
    EXPECT_EQ(scheduler.ejections.delay(), 1s) << "a new life";
  }
}

TEST(Ejections, who_is_asked_to_go_stays_away_until_reset) {
  Ejections ejections;
  ejections.ended(ExitCause::asked, begin);
  EXPECT_EQ(ejections.state(), State::off_by_request);
  EXPECT_FALSE(ejections.may_try(begin + 24h));
  EXPECT_FALSE(ejections.next_trial());
  ejections.reset();
  EXPECT_TRUE(ejections.may_try(begin));
}

TEST(Ejections, a_machine_that_changed_gets_a_new_one_at_once_and_that_is_no_failure) {
  Ejections ejections;
  for (int i = 0; i < 10; ++i) {
    ejections.ended(ExitCause::outdated, begin);
    ASSERT_TRUE(ejections.may_try(begin));
    ejections.trying();
  }
  EXPECT_EQ(ejections.state(), State::welcome);
}

}  // namespace
}  // namespace gthulhu
