// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/attached_quotas.h"

#include "adapters/sched_ext/test_enforcer.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

class AttachedQuotasTest : public testing::EnforcerGround {
 protected:
  [[nodiscard]] QuotaCounts::Counted look() const {
    return enforcer_->quota_counts()->of({pod_}).value_or(QuotaCounts::Counted());
  }
};

TEST_F(AttachedQuotasTest, are_those_of_the_scheduler_that_is_attached) {
  kernel_.throttled = {{pod_, {7, 6, 5ms}}, {CgroupId{1}, {1, 1, 1ms}}};
  start();
  ASSERT_TRUE(enforcer_->is_attached());
  EXPECT_NE(look().life, 0U);
  EXPECT_EQ(look().cgroups, (std::map<CgroupId, Throttling>{{pod_, {7, 6, 5ms}}}));
}

TEST_F(AttachedQuotasTest, are_none_while_there_is_no_scheduler) {
  kernel_.throttled = {{pod_, {7, 6, 5ms}}};
  start();
  ASSERT_TRUE(enforcer_->stop_scheduler());
  EXPECT_EQ(look().life, 0U);
  EXPECT_TRUE(look().cgroups.empty());
}

TEST_F(AttachedQuotasTest, say_that_another_scheduler_has_begun_to_count) {
  start();
  const std::uint64_t first = look().life;
  turn();
  EXPECT_EQ(look().life, first);
  ASSERT_TRUE(enforcer_->stop_scheduler());
  enforcer_->reset_scheduler();
  ASSERT_TRUE(enforcer_->is_attached());
  EXPECT_NE(look().life, first);
  EXPECT_NE(look().life, 0U);
}

TEST_F(AttachedQuotasTest, can_be_asked_when_the_enforcer_has_ended) {
  start();
  const std::shared_ptr<const QuotaCounts> quotas = enforcer_->quota_counts();
  enforcer_.reset();
  EXPECT_TRUE(quotas->of({pod_}).has_value());
}

}  // namespace
}  // namespace gthulhu
