// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/knobs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

NiceTarget nice(int own, int priority) {
  return nice_for(own, Priority::clamp(priority));
}

WeightTarget weight(std::uint64_t base, int priority, CgroupVersion version = CgroupVersion::v2) {
  return weight_for(base, Priority::clamp(priority), version);
}

TEST(Nice, moves_by_minus_the_priority) {
  EXPECT_EQ(nice(0, 0), (NiceTarget{0, false}));
  EXPECT_EQ(nice(0, 10), (NiceTarget{-10, false}));
  EXPECT_EQ(nice(5, 10), (NiceTarget{-5, false}));
  EXPECT_EQ(nice(0, -5), (NiceTarget{5, false}));
  EXPECT_EQ(nice(0, 20), (NiceTarget{-20, false}));
  EXPECT_EQ(nice(0, -19), (NiceTarget{19, false}));
}

TEST(Nice, is_clamped_to_the_kernels_bounds_and_says_so) {
  EXPECT_EQ(nice(-1, 20), (NiceTarget{-20, true}));
  EXPECT_EQ(nice(-20, 1), (NiceTarget{-20, true}));
  EXPECT_EQ(nice(1, -19), (NiceTarget{19, true}));
  EXPECT_EQ(nice(-20, 0), (NiceTarget{-20, false}));
  EXPECT_EQ(nice(19, 0), (NiceTarget{19, false}));
}

TEST(Nice, stays_for_idle_which_is_a_policy) {
  EXPECT_EQ(nice(3, -20), (NiceTarget{3, false}));
  EXPECT_EQ(policy_for(Priority::clamp(-20)), TaskPolicy::idle);
  for (int priority = -19; priority <= 20; ++priority) {
    EXPECT_EQ(policy_for(Priority::clamp(priority)), TaskPolicy::own) << priority;
  }
}

TEST(SliceFor, is_what_was_asked_for_else_short_for_the_favoured) {
  EXPECT_EQ(slice_for(Slice::clamp(2'000'000), Priority::clamp(0)), 2ms);
  EXPECT_EQ(slice_for(Slice::clamp(2'000'000), Priority::clamp(5)), 2ms);
  EXPECT_EQ(slice_for(Slice(), Priority::clamp(1)), 100us);
  EXPECT_EQ(slice_for(Slice(), Priority::clamp(0)), std::nullopt);
  EXPECT_EQ(slice_for(Slice(), Priority::clamp(-3)), std::nullopt);
}

TEST(Weight, is_the_base_times_the_factor_to_the_nearest) {
  EXPECT_EQ(weight(100, 0), (WeightTarget{100, false, 1.0}));
  EXPECT_EQ(weight(100, 10), (WeightTarget{931, false, 9.31}));
  EXPECT_EQ(weight(100, 1), (WeightTarget{125, false, 1.25}));
  EXPECT_EQ(weight(100, 2), (WeightTarget{156, false, 1.56}));
  EXPECT_EQ(weight(100, -3), (WeightTarget{51, false, 0.51}));
  EXPECT_EQ(weight(1'024, 10, CgroupVersion::v1).value, 9'537U);
}

TEST(Weight, tells_the_factor_that_small_whole_numbers_really_reach) {
  EXPECT_EQ(weight(1, 1), (WeightTarget{1, false, 1.0}));
  EXPECT_EQ(weight(1, 2), (WeightTarget{2, false, 2.0}));
  EXPECT_EQ(weight(2, 1, CgroupVersion::v1), (WeightTarget{3, false, 1.5}));
}

TEST(Weight, is_clamped_to_the_bounds_of_the_version_and_says_so) {
  EXPECT_EQ(weight(10'000, 1), (WeightTarget{10'000, true, 1.0}));
  EXPECT_EQ(weight(1, -1), (WeightTarget{1, true, 1.0}));
  EXPECT_EQ(weight(262'144, 1, CgroupVersion::v1), (WeightTarget{262'144, true, 1.0}));
  EXPECT_EQ(weight(2, -1, CgroupVersion::v1), (WeightTarget{2, true, 1.0}));
  EXPECT_EQ(weight(0, 0), (WeightTarget{1, false, 1.0}));
  EXPECT_FALSE(weight(10'000, 1, CgroupVersion::v1).clamped);
}

TEST(Weight, more_priority_never_means_less_weight) {
  for (const auto version : {CgroupVersion::v1, CgroupVersion::v2}) {
    for (const std::uint64_t base : {1U, 2U, 39U, 100U, 1'024U, 10'000U}) {
      std::uint64_t before = 0;
      for (int priority = -20; priority <= 20; ++priority) {
        const WeightTarget target = weight(base, priority, version);
        EXPECT_GE(target.value, before) << base << " " << priority;
        if (base >= 1'000 && !target.clamped) {
          EXPECT_NEAR(target.factor / std::pow(1.25, priority), 1, 0.05) << base << " " << priority;
        }
        before = target.value;
      }
    }
  }
}

}  // namespace
}  // namespace gthulhu
