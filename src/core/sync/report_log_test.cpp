// SPDX-License-Identifier: Apache-2.0
#include "core/sync/report_log.h"

#include <gmock/gmock.h>

#include <random>

namespace gthulhu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IntentReport in_state(const std::string& id, IntentState state) {
  IntentReport report;
  report.intent = IntentId(id);
  report.state = state;
  return report;
}

NodeReport report(std::vector<IntentReport> intents) {
  NodeReport result;
  result.node = NodeName("n");
  result.intents = std::move(intents);
  return result;
}

const IntentReport a = in_state("a", IntentState::verified);
const IntentReport b = in_state("b", IntentState::delivered);
const IntentReport better_b = in_state("b", IntentState::applied);

TEST(ReportLog, says_what_changed_since_a_number) {
  ReportLog log(100);
  log.add(report({a, b}));
  const auto first = log.sequence();
  log.add(report({a, better_b}));
  const auto changes = log.since(first);
  EXPECT_FALSE(changes.whole);
  EXPECT_EQ(changes.sequence, first + 1);
  EXPECT_THAT(changes.report.intents, ElementsAre(better_b));
  EXPECT_THAT(changes.gone, IsEmpty());
  EXPECT_THAT(log.since(log.sequence()).report.intents, IsEmpty());
}

TEST(ReportLog, says_which_intents_went_and_not_those_that_came_back) {
  ReportLog log(100);
  log.add(report({a, b}));
  const auto first = log.sequence();
  log.add(report({b}));
  EXPECT_THAT(log.since(first).gone, ElementsAre(IntentId("a")));
  log.add(report({a, b}));
  EXPECT_THAT(log.since(first).gone, IsEmpty());
  EXPECT_THAT(log.since(first).report.intents, ElementsAre(a));
}

TEST(ReportLog, says_everything_to_who_knows_nothing_of_this_run) {
  ReportLog log(100);
  log.add(report({a, b}));
  for (const std::optional<std::uint64_t> after :
       {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{7},
        std::optional<std::uint64_t>{5'000}}) {
    const auto changes = log.since(after);
    EXPECT_TRUE(changes.whole);
    EXPECT_THAT(changes.report.intents, ElementsAre(a, b));
  }
}

TEST(ReportLog, a_report_that_says_the_same_has_no_number) {
  ReportLog log(100);
  log.add(report({a}));
  const auto first = log.sequence();
  log.add(report({a}));
  EXPECT_EQ(log.sequence(), first);
  NodeReport troubled = report({a});
  troubled.trouble = "the disk is full";
  log.add(troubled);
  EXPECT_EQ(log.sequence(), first + 1);
  EXPECT_EQ(log.since(first).report.trouble, "the disk is full");
  EXPECT_THAT(log.since(first).report.intents, IsEmpty());
}

TEST(ReportLog, forgets_the_oldest_that_went_and_then_says_everything) {
  ReportLog log(100, 1);
  log.add(report({a, b}));
  const auto first = log.sequence();
  log.add(report({b}));
  const auto second = log.sequence();
  log.add(report({}));
  EXPECT_TRUE(log.since(first).whole);
  EXPECT_FALSE(log.since(second).whole);
  EXPECT_THAT(log.since(second).gone, ElementsAre(IntentId("b")));
}

// Whoever follows, with whatever gaps, knows in the end what the node said last.
TEST(ReportLog, a_follower_that_takes_the_changes_knows_what_the_last_report_said) {
  std::mt19937 random(1);
  ReportLog log(100, 3);
  std::map<IntentId, IntentReport> known;
  std::optional<std::uint64_t> after;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<IntentReport> intents;
    for (int i = 0; i < 6; ++i) {
      if (random() % 3 == 0) continue;
      intents.push_back(in_state(
          std::to_string(i), random() % 2 == 0 ? IntentState::verified : IntentState::degraded));
    }
    log.add(report(intents));
    if (random() % 4 != 0) continue;
    const auto changes = log.since(after);
    if (changes.whole) known.clear();
    for (const IntentId& gone : changes.gone) known.erase(gone);
    for (const IntentReport& intent : changes.report.intents) {
      known.insert_or_assign(intent.intent, intent);
    }
    after = changes.sequence;
    std::map<IntentId, IntentReport> said;
    for (const IntentReport& intent : intents) said.emplace(intent.intent, intent);
    ASSERT_EQ(known, said) << round;
  }
}

}  // namespace
}  // namespace gthulhu
