// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/inheritance.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

constexpr SchedValues own{SCHED_OTHER, 0, 0};
constexpr SchedValues ours{SCHED_OTHER, -10, 100'000};

Carrier carrier(pid_t process, std::string cgroup, SchedValues base, SchedValues applied) {
  return Carrier{{process, 50}, std::move(cgroup), 100, false, base, applied, base};
}

Newcomer newcomer(pid_t process, std::vector<pid_t> ancestors, std::string cgroup) {
  return Newcomer{{999, 200}, {process, 50}, std::move(ancestors), std::move(cgroup), ours};
}

TEST(Inheritance, a_new_thread_of_a_managed_process_has_the_base_of_its_maker) {
  const std::vector carriers{carrier(10, "/pod", own, ours)};
  EXPECT_EQ(inherited_by(newcomer(10, {1}, "/pod"), carriers), (Inherited{own, 100}));
}

TEST(Inheritance, a_descendant_has_the_base_of_its_ancestor_even_in_another_cgroup) {
  const std::vector carriers{carrier(10, "/pod", own, ours)};
  EXPECT_EQ(inherited_by(newcomer(30, {20, 10, 1}, "/elsewhere"), carriers), (Inherited{own, 100}));
}

TEST(Inheritance, an_orphan_is_tied_by_its_cgroup) {
  const std::vector carriers{carrier(10, "/pod", own, ours)};
  EXPECT_EQ(inherited_by(newcomer(30, {1}, "/pod"), carriers), (Inherited{own, 100}));
}

TEST(Inheritance, a_stranger_with_the_same_values_keeps_them_as_its_own) {
  const std::vector carriers{carrier(10, "/pod", own, ours)};
  EXPECT_FALSE(inherited_by(newcomer(30, {1}, "/other"), carriers));
}

TEST(Inheritance, the_root_cgroup_ties_nobody) {
  const std::vector carriers{carrier(10, "/", own, ours)};
  EXPECT_FALSE(inherited_by(newcomer(30, {1}, "/"), carriers));
  EXPECT_TRUE(inherited_by(newcomer(30, {10, 1}, "/"), carriers));
}

TEST(Inheritance, who_started_before_our_first_write_inherited_nothing) {
  std::vector carriers{carrier(10, "/pod", own, ours)};
  carriers[0].since_ticks = 201;
  EXPECT_FALSE(inherited_by(newcomer(10, {1}, "/pod"), carriers));
  carriers[0].since_ticks = 200;
  EXPECT_TRUE(inherited_by(newcomer(10, {1}, "/pod"), carriers));
}

TEST(Inheritance, any_other_policy_nice_or_slice_is_its_own) {
  const std::vector carriers{carrier(10, "/pod", own, ours)};
  for (const SchedValues& values :
       {SchedValues{SCHED_BATCH, -10, 100'000}, SchedValues{SCHED_OTHER, -9, 100'000},
        SchedValues{SCHED_OTHER, -10, 0}, own}) {
    Newcomer other = newcomer(10, {1}, "/pod");
    other.values = values;
    EXPECT_FALSE(inherited_by(other, carriers));
  }
}

TEST(Inheritance, what_was_applied_before_the_last_change_counts_too) {
  std::vector carriers{carrier(10, "/pod", own, {SCHED_OTHER, -5, 100'000})};
  carriers[0].previous = ours;
  EXPECT_EQ(inherited_by(newcomer(10, {1}, "/pod"), carriers), (Inherited{own, 100}));
}

TEST(Inheritance, values_that_are_also_the_carriers_own_prove_nothing) {
  const std::vector carriers{carrier(10, "/pod", ours, {SCHED_OTHER, -20, 100'000})};
  EXPECT_FALSE(inherited_by(newcomer(10, {1}, "/pod"), carriers));
}

TEST(Inheritance, the_nearest_kin_decides) {
  const SchedValues five{SCHED_OTHER, 5, 0};
  const SchedValues six{SCHED_OTHER, 6, 0};
  const SchedValues seven{SCHED_OTHER, 7, 0};
  const std::vector carriers{carrier(40, "/pod", own, ours), carrier(10, "/pod", five, ours),
                             carrier(20, "/pod", six, ours), carrier(30, "/pod", seven, ours)};
  const auto base = [&](pid_t process, std::vector<pid_t> ancestors) {
    return inherited_by(newcomer(process, std::move(ancestors), "/pod"), carriers)->base.nice;
  };
  EXPECT_EQ(base(30, {20, 10}), 7);
  EXPECT_EQ(base(31, {20, 10}), 6);
  EXPECT_EQ(base(31, {21, 10}), 5);
}

TEST(Inheritance, between_equally_near_kin_the_weaker_base_is_taken) {
  const SchedValues clamped{SCHED_OTHER, -20, 100'000};
  Newcomer child = newcomer(10, {1}, "/pod");
  child.values = clamped;
  const std::vector carriers{carrier(10, "/pod", {SCHED_OTHER, -15, 0}, clamped),
                             carrier(10, "/pod", {SCHED_OTHER, -12, 0}, clamped),
                             carrier(10, "/pod", {SCHED_OTHER, -18, 0}, clamped)};
  EXPECT_EQ(inherited_by(child, carriers)->base.nice, -12);
}

TEST(Inheritance, reset_on_fork_gives_the_child_the_reset_form_of_the_base) {
  std::vector carriers{carrier(10, "/pod", {SCHED_OTHER, 5, 200'000}, ours)};
  carriers[0].reset_on_fork = true;
  Newcomer child = newcomer(30, {10}, "/pod");
  child.values = after_reset_on_fork(ours);
  EXPECT_EQ(child.values, (SchedValues{SCHED_OTHER, 0, 0}));
  EXPECT_EQ(inherited_by(child, carriers)->base, (SchedValues{SCHED_OTHER, 5, 0}));
  child.ancestors = {1};
  EXPECT_FALSE(inherited_by(child, carriers)) << "everybody's default ties nobody by cgroup";
}

}  // namespace
}  // namespace gthulhu
