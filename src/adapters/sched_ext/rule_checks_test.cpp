// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/rule_checks.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "adapters/sched_ext/test_decisions.h"
#include "adapters/sched_ext/test_kernel.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using testing::decision;
using testing::of_process;
using testing::of_thread;
using testing::pod;
using testing::rule;
using testing::TestKernel;
using testing::TestScheduler;
using testing::thread_decision;
using testing::whole_pod;

const Outcome applied{0, Enforced::applied, ""};
const Outcome verified{0, Enforced::verified, ""};

Outcome degraded(std::string_view reason) {
  return {0, Enforced::degraded, std::string(reason)};
}

class RuleChecksTest : public ::testing::Test {
 protected:
  bool look(std::size_t most = 100) { return checks_.look(scheduler_, most); }
  // After a look at all.
  PodOutcomes outcomes(const PodDecisions& pod) {
    checks_.want({pod});
    look();
    return checks_.outcomes_of(pod, {}, false);
  }
  void obeys(pid_t thread, const SchedulerRule& what, bool is_current = true) {
    kernel_.in_force[thread] = {what, is_current};
  }

  TestKernel kernel_;
  TestScheduler scheduler_{kernel_};
  std::map<pid_t, OwnScheduling> own_;  // others are ordinary
  std::set<pid_t> gone_;
  RuleChecks checks_{[this](pid_t thread) -> std::optional<OwnScheduling> {
    if (gone_.contains(thread)) return std::nullopt;
    return own_[thread];
  }};
};

TEST_F(RuleChecksTest, a_decision_is_verified_once_every_thread_goes_by_it) {
  const PodDecisions wanted = pod("a", {decision(0, 1, 5, {1, 2})});
  EXPECT_EQ(outcomes(wanted), PodOutcomes{applied});
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(wanted), PodOutcomes{applied});
  obeys(2, rule(5), false);
  EXPECT_EQ(outcomes(wanted), PodOutcomes{verified});
}

TEST_F(RuleChecksTest, a_thread_that_has_not_looked_since_is_no_trouble_and_one_that_has_is) {
  const PodDecisions wanted = pod("a", {decision(0, 1, 5)});
  obeys(1, rule(0), false);
  EXPECT_EQ(outcomes(wanted), PodOutcomes{applied});
  obeys(1, rule(0), true);
  EXPECT_EQ(outcomes(wanted), PodOutcomes{degraded(reasons::refused)});
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(wanted), PodOutcomes{verified});
}

TEST_F(RuleChecksTest, another_rule_is_to_be_verified_anew) {
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})), PodOutcomes{verified});
  const PodDecisions other = pod("a", {decision(0, 1, 6)});
  checks_.want({other});
  EXPECT_EQ(checks_.outcomes_of(other, {}, false), PodOutcomes{applied});
}

TEST_F(RuleChecksTest, what_a_thread_has_of_its_own_is_told) {
  obeys(1, rule(5));
  own_[1] = {.is_real_time = true};
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})),
            PodOutcomes{degraded(reasons::real_time_policy)});
  own_[1] = {.is_idle = true};
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})), PodOutcomes{degraded(reasons::idle_policy)});
  own_[1] = {};
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})), PodOutcomes{verified});
}

TEST_F(RuleChecksTest, a_priority_that_passes_the_ends_of_nice_is_clamped) {
  own_[1] = {.nice = -16};
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})), PodOutcomes{degraded(reasons::clamped)});
  obeys(1, rule(4));
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 4)})), PodOutcomes{verified});
  obeys(1, rule(-20));
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, -20)})), PodOutcomes{verified}) << "idle is no nice";
}

TEST_F(RuleChecksTest, of_threads_that_are_gone_nothing_is_said) {
  gone_ = {1, 2};
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5, {1, 2})})), PodOutcomes{});
  gone_ = {2};
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5, {1, 2})})), PodOutcomes{verified});
}

TEST_F(RuleChecksTest, where_nothing_can_be_read_back_it_stays_applied) {
  kernel_.is_readable = false;
  EXPECT_EQ(outcomes(pod("a", {decision(0, 1, 5)})), PodOutcomes{applied});
}

TEST_F(RuleChecksTest, a_pod_without_processes_is_applied_and_with_some_as_they_are) {
  EXPECT_EQ(outcomes(whole_pod("a", 0, 5)), PodOutcomes{applied});
  obeys(1, rule(5));
  EXPECT_EQ(outcomes(whole_pod("a", 0, 5, {decision(0, 1, 5)})), PodOutcomes{verified});
}

TEST_F(RuleChecksTest, refused_rules_are_told_of_those_they_are_for) {
  const PodDecisions wanted =
      whole_pod("a", 0, 5,
                {decision(0, 1, 5), decision(1, 2, 6), thread_decision(2, 1, 7, {3}),
                 thread_decision(3, 1, 8, {4})});
  for (const pid_t thread : {1, 2, 3, 4}) obeys(thread, rule(thread + 4));
  checks_.want({wanted});
  const RefusedRules refused{{of_process(2), rule(6)}, {of_thread(3), rule(7)}};
  look();
  obeys(1, rule(5));
  look();
  const std::string reason(reasons::refused);
  EXPECT_EQ(checks_.outcomes_of(wanted, refused, false),
            (PodOutcomes{verified,
                         {1, Enforced::degraded, reason},
                         {2, Enforced::degraded, reason},
                         {3, Enforced::verified, ""}}));
  EXPECT_EQ(checks_.outcomes_of(wanted, {}, true).front(), degraded(reasons::refused));
}

TEST_F(RuleChecksTest, many_are_looked_at_in_turn) {
  std::vector<Decision> processes;
  for (pid_t process = 1; process <= 5; ++process) {
    processes.push_back(decision(0, process, 5));
    obeys(process, rule(5));
  }
  const PodDecisions wanted = pod("a", processes);
  checks_.want({wanted});
  EXPECT_EQ(checks_.count(), 5U);
  EXPECT_TRUE(look(2));
  EXPECT_TRUE(look(2));
  EXPECT_NE(checks_.outcomes_of(wanted, {}, false), PodOutcomes{verified});
  EXPECT_TRUE(look(2)) << "the last and, again, the first";
  EXPECT_EQ(checks_.outcomes_of(wanted, {}, false), PodOutcomes{verified});
  EXPECT_FALSE(look(2));
  checks_.start_over();
  EXPECT_EQ(checks_.outcomes_of(wanted, {}, false), PodOutcomes{applied});
}

TEST_F(RuleChecksTest, who_goes_is_forgotten_and_who_moves_is_not) {
  obeys(1, rule(5));
  obeys(2, rule(5));
  const PodDecisions both = pod("b", {decision(0, 1, 5), decision(0, 2, 5)});
  EXPECT_EQ(outcomes(both), PodOutcomes{verified});
  const PodDecisions moved = pod("a", {decision(0, 1, 5)});
  checks_.want({moved});
  EXPECT_EQ(checks_.count(), 1U);
  EXPECT_EQ(checks_.outcomes_of(moved, {}, false), PodOutcomes{verified});
  checks_.want({});
  EXPECT_EQ(checks_.count(), 0U);
  EXPECT_FALSE(look());
}

TEST(OwnScheduling, is_what_the_kernel_says) {
  const auto own = read_own_scheduling(::gettid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->nice, ::getpriority(PRIO_PROCESS, 0));
  EXPECT_FALSE(own->is_real_time);
  EXPECT_EQ(read_own_scheduling(4'194'305), std::nullopt) << "above every process id";
}

}  // namespace
}  // namespace gthulhu
