// SPDX-License-Identifier: Apache-2.0
#include "app/agent/observe_enforcer.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(ObserveEnforcer, every_decision_is_degraded_since_nothing_is_written) {
  ObserveEnforcer enforcer("cfs: no right to raise nice");
  PodDecisions wanted;
  wanted.processes.resize(2);
  wanted.processes[1].intent = 1;
  wanted.whole = PodDecision{2, {}, {}};
  const auto outcomes = enforcer.enforce({wanted});
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 1U);
  ASSERT_EQ(outcomes->front()->size(), 3U);
  for (std::size_t index = 0; index < 3; ++index) {
    EXPECT_EQ(outcomes->front()->at(index), (Outcome{index, Enforced::degraded, "observe only"}));
  }
}

TEST(ObserveEnforcer, the_status_says_why_it_is_used) {
  const EnforcerStatus status = ObserveEnforcer("cfs: no right to raise nice").status();
  EXPECT_EQ(status.kind, EnforcerKind::observe);
  EXPECT_EQ(status.reason, "cfs: no right to raise nice");
  EXPECT_EQ(status.tasks + status.cgroups, 0U);
}

}  // namespace
}  // namespace gthulhu
