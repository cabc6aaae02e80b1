// SPDX-License-Identifier: Apache-2.0
#include "app/agent/external_enforcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class ExternalEnforcerTest : public testing::Test {
 protected:
  static Shared<PodDecisions> pod(const std::string& uid) {
    PodDecisions decisions;
    decisions.cgroup = PodCgroup{PodUid(uid), "/" + uid};
    decisions.processes.resize(1);
    return decisions;
  }
  // Of the first pod's decision.
  Outcome outcome(const Decisions& wanted) { return enforcer_.enforce(wanted)->front()->front(); }

  const Outcome waiting_{0, Enforced::degraded, "not asked for"};
  const Outcome taken_{0, Enforced::applied, ""};
  FakeClock clock_;
  DecisionReads reads_{clock_};
  ExternalEnforcer enforcer_{clock_, reads_, "set by the operator"};
};

TEST_F(ExternalEnforcerTest, decisions_are_applied_once_a_scheduler_has_asked_for_them) {
  const Decisions wanted{pod("a")};
  EXPECT_EQ(outcome(wanted), waiting_);
  clock_.advance(1s);
  reads_.count();
  EXPECT_EQ(outcome(wanted), taken_);
  // Others than those that were asked for.
  clock_.advance(1s);
  EXPECT_EQ(outcome({pod("a")}), waiting_);
}

TEST_F(ExternalEnforcerTest, a_scheduler_that_asks_no_more_has_them_no_more) {
  const Decisions wanted{pod("a")};
  outcome(wanted);
  clock_.advance(1s);
  reads_.count();
  clock_.advance(60s);
  EXPECT_EQ(outcome(wanted), taken_);
  EXPECT_THAT(enforcer_.status().reason, HasSubstr("a scheduler asks for the decisions"));
  clock_.advance(1s);
  EXPECT_EQ(outcome(wanted), waiting_);
  EXPECT_THAT(enforcer_.status().reason, HasSubstr("no scheduler has asked"));
}

TEST_F(ExternalEnforcerTest, the_status_says_that_it_writes_nothing_itself) {
  const EnforcerStatus status = enforcer_.status();
  EXPECT_EQ(status.kind, EnforcerKind::external);
  EXPECT_THAT(status.reason, HasSubstr("set by the operator"));
  EXPECT_EQ(status.tasks + status.cgroups, 0U);
}

}  // namespace
}  // namespace gthulhu
