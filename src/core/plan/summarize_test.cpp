// SPDX-License-Identifier: Apache-2.0
#include "core/plan/summarize.h"

#include <gtest/gtest.h>

#include "core/model/reasons.h"
#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using samples::intent;

Decision obeys(std::size_t intent, pid_t pid) {
  Decision decision;
  decision.intent = intent;
  decision.process = Process{.id = {pid, 1}};
  return decision;
}

Outcome degraded(std::size_t intent, std::string_view reason) {
  return {intent, Enforced::degraded, std::string(reason)};
}

IntentReport only_report(const PodDecisions& decisions, const PodOutcomes& outcomes) {
  const auto reports = summarize({intent("a", "p", "")}, {decisions}, {outcomes});
  EXPECT_EQ(reports.size(), 1U);
  return reports.front();
}

TEST(Summarize, an_intent_without_processes_is_delivered) {
  const auto report = only_report({}, {});
  EXPECT_EQ(report.intent, IntentId("a"));
  EXPECT_EQ(report.state, IntentState::delivered);
  EXPECT_EQ(report.processes, 0U);
  // Also when only its pod's cgroup was written.
  EXPECT_EQ(only_report({}, {{0, Enforced::verified, ""}}).state, IntentState::delivered);
}

TEST(Summarize, processes_that_are_gone_do_not_count) {
  const auto report = only_report({{obeys(0, 1)}}, {});
  EXPECT_EQ(report.state, IntentState::delivered);
  EXPECT_EQ(report.processes, 0U);
}

TEST(Summarize, the_worst_outcome_counts) {
  const PodDecisions decisions{{obeys(0, 1), obeys(0, 2)}};
  const Outcome verified{0, Enforced::verified, ""};
  const Outcome applied{0, Enforced::applied, ""};
  EXPECT_EQ(only_report(decisions, {verified, verified}).state, IntentState::verified);
  EXPECT_EQ(only_report(decisions, {verified, verified}).processes, 2U);
  EXPECT_EQ(only_report(decisions, {verified, applied}).state, IntentState::applied);
  EXPECT_EQ(only_report(decisions, {applied, verified}).state, IntentState::applied);
  const auto report = only_report(decisions, {applied, degraded(0, "x"), verified});
  EXPECT_EQ(report.state, IntentState::degraded);
  EXPECT_EQ(report.reason, "x");
  EXPECT_EQ(report.processes, 2U);
}

TEST(Summarize, of_several_reasons_one_is_told_whatever_their_order) {
  const PodDecisions decisions{{obeys(0, 1), obeys(0, 2)}};
  const auto told = [&](std::string_view left, std::string_view right) {
    const auto reason = only_report(decisions, {degraded(0, left), degraded(0, right)}).reason;
    EXPECT_EQ(only_report(decisions, {degraded(0, right), degraded(0, left)}).reason, reason);
    return reason;
  };
  EXPECT_EQ(told(reasons::clamped, reasons::inside_pod_only), reasons::inside_pod_only);
  EXPECT_EQ(told(reasons::real_time_policy, reasons::changed_by_program),
            reasons::real_time_policy);
  EXPECT_EQ(told("a reason of a later version", reasons::clamped), reasons::clamped);
  EXPECT_EQ(told("b", "a"), "a");
}

TEST(Summarize, an_intent_that_lost_every_process_is_superseded_by_the_one_it_lost_most_to) {
  const std::vector intents{intent("a", "p", ""), intent("b", "p", "x"), intent("c", "p", "y")};
  const PodDecisions decisions{{obeys(1, 1), obeys(2, 2), obeys(1, 3)}, {}, {{0, 1, 2}, {0, 2, 1}}};
  const PodOutcomes outcomes{{1, Enforced::verified, ""}, {2, Enforced::verified, ""}};
  const auto reports = summarize(intents, {decisions}, {outcomes});
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].state, IntentState::superseded);
  EXPECT_EQ(reports[0].superseded_by, IntentId("b"));
  EXPECT_EQ(reports[0].processes, 0U);
  EXPECT_EQ(reports[1].state, IntentState::verified);
  EXPECT_EQ(reports[1].processes, 2U);
}

TEST(Summarize, of_two_that_it_lost_to_equally_often_the_stronger_is_told) {
  const std::vector intents{intent("a", "p", ""), intent("b", "p", "x"), intent("c", "p", "y")};
  const auto reports = summarize(intents, {PodDecisions{{}, {}, {{0, 1, 1}, {0, 2, 1}}}}, {});
  EXPECT_EQ(reports[0].superseded_by, IntentId("c"));
}

TEST(Summarize, an_intent_that_kept_one_process_is_not_superseded) {
  const std::vector intents{intent("a", "p", ""), intent("b", "p", "x")};
  const auto reports =
      summarize(intents, {PodDecisions{{obeys(0, 1), obeys(1, 2)}, {}, {{0, 1, 1}}}},
                {PodOutcomes{{0, Enforced::verified, ""}, {1, Enforced::verified, ""}}});
  EXPECT_EQ(reports[0].state, IntentState::verified);
}

TEST(Summarize, values_that_were_stored_out_of_range_are_degraded_at_best) {
  std::vector intents{intent("a", "p", "")};
  intents.front().clamped = true;
  const Decisions decisions{PodDecisions{{obeys(0, 1)}}};
  auto report = summarize(intents, decisions, {PodOutcomes{{0, Enforced::verified, ""}}}).front();
  EXPECT_EQ(report.state, IntentState::degraded);
  EXPECT_EQ(report.reason, reasons::clamped);
  EXPECT_EQ(report.processes, 1U);
  report =
      summarize(intents, decisions, {PodOutcomes{degraded(0, reasons::not_permitted)}}).front();
  EXPECT_EQ(report.reason, reasons::not_permitted);
  EXPECT_EQ(summarize(intents, {}, {}).front().state, IntentState::degraded);
}

}  // namespace
}  // namespace gthulhu
