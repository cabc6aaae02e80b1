// SPDX-License-Identifier: Apache-2.0
//
// What the enforcer tells the scheduler of pods in which nothing has been seen yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sched_ext/test_enforcer.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using testing::decision;
using testing::expected;
using testing::known_uid;
using testing::named;
using testing::of_process;
using testing::pod;
using testing::rule;
using testing::with_names_of;

const PodUid& uid = known_uid;
const PodUid other_uid("0a1b2c3d-1111-2222-3333-44445555abce");

class ExpectedPodsTest : public testing::EnforcerGround {
 protected:
  void SetUp() override {
    EnforcerGround::SetUp();
    wanted_.clear();
  }
  void enforce(const ExpectedPods& expected) {
    enforcer_->expect(expected);
    outcomes_ = enforcer_->enforce(wanted_).value_or(Outcomes());
  }
};

TEST_F(ExpectedPodsTest, have_rules_before_they_are_there_and_none_when_nobody_expects_them) {
  start();
  enforce({expected(uid, 5), expected(other_uid, 0, {{"nginx", 7}})});
  EXPECT_EQ(kernel_.rules, (Rules{{uid, rule(5)},
                                  {other_uid, with_names_of(other_uid, 0)},
                                  {NameRuleKey{other_uid, "nginx"}, rule(7)}}));
  EXPECT_EQ(kernel_.published, 1U);
  EXPECT_EQ(enforcer_->scheduler()->scheduler_status().rules.pods, 2U);
  EXPECT_EQ(enforcer_->scheduler()->scheduler_status().rules.names, 1U);
  enforce({expected(uid, 5)});
  EXPECT_EQ(kernel_.rules, (Rules{{uid, rule(5)}}));
  enforce({});
  EXPECT_TRUE(kernel_.rules.empty());
}

TEST_F(ExpectedPodsTest, that_are_expected_still_need_nothing_written) {
  start();
  const ExpectedPods same{expected(uid, 5)};
  enforce(same);
  const std::size_t sets = kernel_.sets;
  enforce(same);
  turn();
  EXPECT_EQ(kernel_.sets, sets);
  EXPECT_EQ(kernel_.published, 1U);
}

TEST_F(ExpectedPodsTest, have_their_rules_before_anybody_runs_under_the_scheduler) {
  kernel_.show("enabled", "another");
  start();
  enforce({expected(uid, 5)});
  EXPECT_FALSE(enforcer_->is_attached());
  kernel_.show("disabled");
  for (int i = 0; i < 11; ++i) turn();
  ASSERT_TRUE(enforcer_->is_attached());
  EXPECT_EQ(kernel_.rules_at_attach, 1U);
}

TEST_F(ExpectedPodsTest, whose_names_were_learned_later_are_told_by_name_from_then_on) {
  const CgroupId cgroup = make("/" + uid.str());
  wanted_ = {pod(uid.str(), {named(decision(0, 1, 7), "nginx")})};
  start();
  enforce({});
  EXPECT_EQ(kernel_.rules, (Rules{{of_process(1), rule(7)}}));
  enforce({expected(uid, 0, {{"nginx", 7}})});
  EXPECT_EQ(kernel_.rules, (Rules{{cgroup, with_names_of(uid, 0)},
                                  {uid, with_names_of(uid, 0)},
                                  {NameRuleKey{uid, "nginx"}, rule(7)}}));
}

TEST_F(ExpectedPodsTest, whose_names_find_no_room_are_told_to_be_refused) {
  make("/" + uid.str());
  wanted_ = {pod(uid.str(), {named(decision(0, 1, 7), "nginx")})};
  kernel_.refused = {NameRuleKey{uid, "nginx"}};
  start();
  enforce({expected(uid, 0, {{"nginx", 7}})});
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(*outcomes_[0], (PodOutcomes{{0, Enforced::degraded, std::string(reasons::refused)}}));
  kernel_.refused.clear();
  turn();
  EXPECT_NE(outcomes_[0]->front().state, Enforced::degraded);
}

TEST_F(ExpectedPodsTest, keep_their_rules_when_those_of_an_earlier_process_go) {
  const PodUid stale("0a1b2c3d-1111-2222-3333-44445555abcf");
  kernel_.left = SchedulerPlace::Left::same;
  kernel_.is_attached = true;
  kernel_.show("enabled", "gthulhu");
  kernel_.rules = {{uid, rule(5)}, {stale, rule(9)}, {NameRuleKey{stale, "nginx"}, rule(9)}};
  start();
  enforce({expected(uid, 5)});
  EXPECT_EQ(kernel_.rules, (Rules{{uid, rule(5)}}));
}

TEST_F(ExpectedPodsTest, have_no_rules_once_all_is_put_back) {
  start();
  enforce({expected(uid, 5, {{"nginx", 7}})});
  ASSERT_TRUE(enforcer_->restore_all());
  EXPECT_TRUE(kernel_.rules.empty());
}

}  // namespace
}  // namespace gthulhu
