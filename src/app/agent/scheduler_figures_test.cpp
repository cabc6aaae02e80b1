// SPDX-License-Identifier: Apache-2.0
#include "app/agent/scheduler_figures.h"

#include <gtest/gtest.h>

#include <limits>

namespace gthulhu {
namespace {

using enum SchedulerFigure;

SchedulerReport report(std::optional<std::uint64_t> dispatches,
                       std::optional<std::uint64_t> waiting) {
  SchedulerReport made;
  made[user_dispatches] = dispatches;
  made[queued] = waiting;
  return made;
}

TEST(SchedulerFigures, are_nothing_before_the_first_report) {
  SchedulerFigures figures;
  EXPECT_FALSE(figures.shown());
  figures.take({});
  ASSERT_TRUE(figures.shown());
  EXPECT_EQ(*figures.shown(), SchedulerNumbers());
}

TEST(SchedulerFigures, are_the_last_that_were_told) {
  SchedulerFigures figures;
  figures.take(report(10, 7));
  figures.take(report(12, 3));
  EXPECT_EQ((*figures.shown())[user_dispatches], 12u);
  EXPECT_EQ((*figures.shown())[queued], 3u);
  EXPECT_EQ((*figures.shown())[online_cpus], 0u);
}

TEST(SchedulerFigures, go_on_when_the_scheduler_begins_anew) {
  SchedulerFigures figures;
  figures.take(report(10, 7));
  figures.take(report(2, 7));
  EXPECT_EQ((*figures.shown())[user_dispatches], 12u);
  figures.take(report(5, 7));
  EXPECT_EQ((*figures.shown())[user_dispatches], 15u);
  figures.take(report(0, 7));
  EXPECT_EQ((*figures.shown())[user_dispatches], 15u);
  figures.take(report(0, 7));
  figures.take(report(1, 7));
  EXPECT_EQ((*figures.shown())[user_dispatches], 16u);
}

TEST(SchedulerFigures, that_are_left_out_are_no_new_beginning) {
  SchedulerFigures figures;
  figures.take(report(10, 7));
  figures.take(report(std::nullopt, std::nullopt));
  EXPECT_EQ((*figures.shown())[user_dispatches], 10u);
  EXPECT_EQ((*figures.shown())[queued], 0u);
  figures.take(report(11, 7));
  EXPECT_EQ((*figures.shown())[user_dispatches], 11u);
}

TEST(SchedulerFigures, stay_at_the_largest_number) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  SchedulerFigures figures;
  figures.take(report(most - 1, most));
  figures.take(report(1, most));
  EXPECT_EQ((*figures.shown())[user_dispatches], most);
  figures.take(report(5, most));
  EXPECT_EQ((*figures.shown())[user_dispatches], most);
  EXPECT_EQ((*figures.shown())[queued], most);
}

TEST(SchedulerFigures, that_count_are_known_by_name) {
  std::size_t counts = 0;
  for (std::size_t i = 0; i < scheduler_figure_count; ++i) {
    if (is_count(static_cast<SchedulerFigure>(i))) ++counts;
  }
  EXPECT_EQ(counts, 6u);
  EXPECT_FALSE(is_count(scheduled));
  EXPECT_TRUE(is_count(congestions));
}

}  // namespace
}  // namespace gthulhu
