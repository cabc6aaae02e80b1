// SPDX-License-Identifier: Apache-2.0
//
// A scheduler that outlives the enforcer, and one that an enforcer finds (design D12).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sched_ext/test_enforcer.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::rule;
using testing::whole_pod;
using testing::write_file;
using Left = SchedulerPlace::Left;

constexpr int ended_by_program = 65;  // SCX_EXIT_UNREG_BPF, kernel/sched/ext_internal.h

class SchedExtPlaceTest : public testing::EnforcerGround {
 protected:
  SchedExtPlaceTest() { wanted_ = {whole_pod("a", 0, 5)}; }

  // What a process leaves that was killed while its scheduler was attached, with these rules.
  void leave(Left left, Rules rules) {
    kernel_.left = left;
    kernel_.rules = std::move(rules);
    kernel_.is_attached = true;
    kernel_.show("enabled", "gthulhu");
  }
};

TEST_F(SchedExtPlaceTest, the_scheduler_is_pinned_while_it_is_attached_and_not_after) {
  start();
  EXPECT_EQ(kernel_.left, Left::same);
  EXPECT_EQ(reason(), "our scheduler is attached");
  enforcer_.reset();
  EXPECT_EQ(kernel_.left, Left::nothing);
  EXPECT_FALSE(kernel_.is_attached);
}

TEST_F(SchedExtPlaceTest,
       without_a_place_to_pin_it_is_attached_and_the_status_says_what_that_means) {
  kernel_.claim_error = Error{Errc::unsupported, "no BPF file system", ""};
  start();
  EXPECT_TRUE(enforcer_->is_attached());
  EXPECT_THAT(reason(), HasSubstr("it ends with this program: no BPF file system"));
  kernel_.claim_error.reset();
  kernel_.pin_error = Error{Errc::unsupported, "no right", ""};
  enforcer_.reset();
  start();
  EXPECT_TRUE(enforcer_->is_attached());
  EXPECT_THAT(reason(), HasSubstr("it ends with this program: no right"));
}

TEST_F(SchedExtPlaceTest, what_another_process_has_is_left_alone_until_that_has_ended) {
  leave(Left::same, {{pod_, rule(9)}});
  kernel_.claim_error = Error{Errc::conflict, "another process has it", ""};
  start();
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_TRUE(kernel_.is_attached);
  EXPECT_THAT(reason(), HasSubstr("another process has it"));
  enforcer_->reset_scheduler();
  EXPECT_TRUE(kernel_.is_attached);
  EXPECT_EQ(kernel_.rules.size(), 1U);
  kernel_.claim_error.reset();
  for (int i = 0; i < 11; ++i) turn();
  EXPECT_TRUE(enforcer_->is_attached());
}

TEST_F(SchedExtPlaceTest,
       one_that_was_left_is_taken_over_and_its_rules_hold_until_there_are_others) {
  const CgroupId gone{4711};
  leave(Left::same, {{pod_, rule(5)}, {gone, rule(9)}});
  start();
  EXPECT_TRUE(enforcer_->is_attached());
  EXPECT_EQ(kernel_.loads, 0U);
  ASSERT_TRUE(enforcer_->audit());
  EXPECT_EQ(kernel_.rules.size(), 2U);
  turn();
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(5)}}));
}

TEST_F(SchedExtPlaceTest, another_version_that_was_left_is_replaced_by_one_without_its_rules) {
  leave(Left::other, {{CgroupId{4711}, rule(9)}});
  start();
  EXPECT_TRUE(enforcer_->is_attached());
  EXPECT_EQ(kernel_.loads, 1U);
  EXPECT_EQ(kernel_.left, Left::same);
  EXPECT_TRUE(kernel_.is_attached);
  turn();
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(5)}}));
}

TEST_F(SchedExtPlaceTest, another_version_does_not_stay_where_the_new_one_cannot_be_loaded) {
  leave(Left::other, {{CgroupId{4711}, rule(9)}});
  kernel_.load_error = Error{Errc::unsupported, "no memory", ""};
  start();
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_FALSE(kernel_.is_attached);
  EXPECT_EQ(kernel_.left, Left::nothing);
}

TEST_F(SchedExtPlaceTest, one_that_was_left_does_not_stay_where_limits_are_to_keep_it_off) {
  settings_.refuse_limited_nodes = true;
  leave(Left::same, {});
  write_file(cgroups_.path() + "/a/cpu.max", "50000 100000\n");
  start();
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_FALSE(kernel_.is_attached);
}

TEST_F(SchedExtPlaceTest, what_is_left_of_one_that_the_kernel_has_thrown_out_is_cleared_away) {
  leave(Left::same, {{CgroupId{4711}, rule(9)}});
  kernel_.throw_out(1026, "runnable task stall");
  start();
  EXPECT_TRUE(enforcer_->is_attached());
  EXPECT_EQ(kernel_.loads, 1U);
  EXPECT_TRUE(kernel_.rules.empty());
}

TEST_F(SchedExtPlaceTest, rules_hold_for_as_long_as_there_are_signs_of_life) {
  settings_.orphan_after = 60s;
  settings_.leave_after = 90s;
  start();
  EXPECT_EQ(kernel_.lease_ends, kernel_.boot_time + 60s);
  EXPECT_EQ(kernel_.leave, kernel_.boot_time + 90s);
  turn();
  EXPECT_EQ(kernel_.lease_ends, kernel_.boot_time + 60s);
}

TEST_F(SchedExtPlaceTest, after_a_lease_that_was_over_everybody_looks_for_his_rule_again) {
  start();
  turn();
  const std::size_t published = kernel_.published;
  turn();
  EXPECT_EQ(kernel_.published, published);
  kernel_.boot_time += settings_.orphan_after;
  turn();
  EXPECT_EQ(kernel_.published, published + 1);
}

TEST_F(SchedExtPlaceTest, one_that_left_without_signs_of_life_comes_back_at_once) {
  start();
  kernel_.throw_out(ended_by_program, "ended by itself", "no sign of life", 1);
  kernel_.end->is_left_alone = true;
  turn();
  turn();
  EXPECT_TRUE(enforcer_->is_attached()) << reason();
}

TEST_F(SchedExtPlaceTest, to_be_kept_it_stays_with_its_rules_after_an_orderly_end) {
  settings_.keep_on_stop = true;
  start();
  turn();
  ASSERT_TRUE(enforcer_->restore_all());
  enforcer_.reset();
  EXPECT_TRUE(kernel_.is_attached);
  EXPECT_EQ(kernel_.left, Left::same);
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(5)}}));
}

TEST_F(SchedExtPlaceTest, to_be_kept_where_it_cannot_be_pinned_it_ends_with_its_rules) {
  settings_.keep_on_stop = true;
  kernel_.pin_error = Error{Errc::unsupported, "no right", ""};
  start();
  turn();
  ASSERT_TRUE(enforcer_->restore_all());
  EXPECT_TRUE(kernel_.rules.empty());
  enforcer_.reset();
  EXPECT_FALSE(kernel_.is_attached);
}

TEST_F(SchedExtPlaceTest, a_stop_by_an_operator_ends_one_that_is_to_be_kept) {
  settings_.keep_on_stop = true;
  start();
  ASSERT_TRUE(enforcer_->stop_scheduler());
  EXPECT_FALSE(kernel_.is_attached);
  EXPECT_EQ(kernel_.left, Left::nothing);
}

}  // namespace
}  // namespace gthulhu
