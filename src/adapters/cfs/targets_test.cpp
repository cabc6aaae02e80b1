// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/targets.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

struct Case {
  SchedValues own;
  int priority;
  std::int64_t slice_ns;
  SchedValues values;
  bool clamped;
};

TEST(Targets, of_a_task) {
  const std::vector<Case> cases{
      {{SCHED_OTHER, 3, 0}, 10, 0, {SCHED_OTHER, -7, 100'000}, false},
      {{SCHED_BATCH, 3, 0}, -5, 0, {SCHED_BATCH, 8, 0}, false},
      {{SCHED_OTHER, 0, 0}, 0, 2'000'000, {SCHED_OTHER, 0, 2'000'000}, false},
      {{SCHED_OTHER, 1, 7'000'000}, 0, 0, {SCHED_OTHER, 1, 7'000'000}, false},
      {{SCHED_OTHER, -15, 0}, 10, 0, {SCHED_OTHER, -20, 100'000}, true},
      {{SCHED_OTHER, 15, 0}, -10, 0, {SCHED_OTHER, 19, 0}, true},
      {{SCHED_OTHER, 3, 7'000'000}, -20, 0, {SCHED_IDLE, 3, 7'000'000}, false},
  };
  for (const Case& c : cases) {
    const TaskTarget target =
        task_target(c.own, Priority::clamp(c.priority), Slice::clamp(c.slice_ns), true);
    EXPECT_EQ(target.values, c.values) << c.priority;
    EXPECT_EQ(target.clamped, c.clamped) << c.priority;
  }
}

TEST(Targets, without_slices_in_the_kernel_only_nice_moves) {
  const TaskTarget target =
      task_target({SCHED_OTHER, 0, 0}, Priority::clamp(10), Slice::clamp(500'000), false);
  EXPECT_EQ(target.values, (SchedValues{SCHED_OTHER, -10, 0}));
}

TEST(Targets, of_a_cgroup) {
  const auto target = [](std::uint64_t weight, int priority) {
    return group_target({weight, false}, Priority::clamp(priority), CgroupVersion::v2);
  };
  EXPECT_EQ(target(100, 10).values, (GroupValues{931, false}));
  EXPECT_FALSE(target(100, 10).clamped);
  EXPECT_EQ(target(100, -20).values, (GroupValues{0, true}));
  EXPECT_TRUE(target(5'000, 20).clamped);
  EXPECT_TRUE(target(1, -3).clamped);
  EXPECT_TRUE(target(1, 1).clamped) << "1.25 cannot be had from 1";
  EXPECT_FALSE(target(1, 10).clamped);
}

}  // namespace
}  // namespace gthulhu
