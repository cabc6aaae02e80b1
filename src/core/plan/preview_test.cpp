// SPDX-License-Identifier: Apache-2.0
#include "core/plan/preview.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/access/scope.h"
#include "core/plan/incremental_plan.h"
#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using samples::pod;
using samples::selecting;

constexpr TimePoint now{std::chrono::seconds{1'764'000'000}};

Scope everything() {
  return {UserId("me"), {{"schedule_strategy.read", false, "", ""}}};
}

class PreviewTest : public testing::Test {
 protected:
  PreviewTest() {
    plan_.put_pod(pod("a", "n1", {{"app", "web"}}));
    plan_.put_pod(pod("b", "n2", {{"app", "web"}, {"tier", "gold"}}));
    plan_.put_pod(pod("c", "n2", {{"app", "db"}}));
  }
  Preview preview(const Strategy& draft, const std::optional<StrategyId>& base = {}) {
    return plan_.preview(draft, base, everything(), now);
  }
  static bool warns(const Preview& preview, const std::string& code) {
    return std::ranges::any_of(preview.warnings,
                               [&](const auto& warning) { return warning.code == code; });
  }

  IncrementalPlan plan_;
};

TEST_F(PreviewTest, a_new_strategy_adds_an_intent_for_every_pod_that_it_selects) {
  Strategy draft = selecting("", "app", "web");
  draft.priority = Priority::clamp(5);
  const Preview seen = preview(draft);
  EXPECT_EQ(seen.matched_pods, 2u);
  EXPECT_EQ(seen.nodes, 2u);
  EXPECT_EQ(seen.added, 2u);
  EXPECT_EQ(seen.removed + seen.changed, 0u);
  ASSERT_EQ(seen.sample.size(), 2u);
  EXPECT_FALSE(seen.sample[0].before.is_any);
  EXPECT_EQ(seen.sample[0].after.priority.value(), 5);
  EXPECT_TRUE(seen.conflicts.empty());
  EXPECT_TRUE(seen.warnings.empty());
}

TEST_F(PreviewTest, against_its_base_it_says_what_comes_what_goes_and_what_is_another) {
  plan_.put_strategy(selecting("s", "app", "web"));
  Strategy draft = selecting("s", "tier", "gold");
  Preview seen = preview(draft, StrategyId("s"));
  EXPECT_EQ(seen.matched_pods, 1u);
  EXPECT_EQ(seen.added, 0u);
  EXPECT_EQ(seen.removed, 1u);
  EXPECT_EQ(seen.changed, 0u);
  draft.priority = Priority::clamp(3);
  seen = preview(draft, StrategyId("s"));
  EXPECT_EQ(seen.changed, 1u);
  draft.enabled = false;
  seen = preview(draft, StrategyId("s"));
  EXPECT_EQ(seen.matched_pods, 0u);
  EXPECT_EQ(seen.removed, 2u);
  EXPECT_TRUE(warns(seen, "DISABLED"));
}

TEST_F(PreviewTest, another_place_among_the_others_is_a_change_too) {
  plan_.put_strategy(selecting("s", "app", "web"));
  plan_.put_strategy(selecting("r", "tier", "gold"));  // the smaller id wins on pod b
  Strategy draft = selecting("s", "app", "web");
  EXPECT_EQ(preview(draft, StrategyId("s")).changed, 0u);
  draft.rank = 1;
  const Preview seen = preview(draft, StrategyId("s"));
  EXPECT_EQ(seen.changed, 1u);
  EXPECT_EQ(seen.added + seen.removed, 0u);
}

TEST_F(PreviewTest, what_is_previewed_is_what_comes_of_it) {
  plan_.put_strategy(selecting("s", "app", "web"));
  const Strategy draft = selecting("s", "app", "db");
  const Preview seen = preview(draft, StrategyId("s"));
  plan_.put_strategy(draft);
  EXPECT_EQ(plan_.matched_pods(StrategyId("s")), seen.matched_pods);
}

TEST_F(PreviewTest, a_conflict_says_who_wins_by_what_and_on_how_many_pods) {
  Strategy other = selecting("other", "tier", "gold");
  other.rank = 1;
  other.name = "gold";
  other.priority = Priority::clamp(9);
  plan_.put_strategy(other);
  Strategy draft = selecting("", "app", "web");
  const Preview seen = preview(draft);
  ASSERT_EQ(seen.conflicts.size(), 1u);
  EXPECT_EQ(seen.conflicts[0].with, StrategyId("other"));
  EXPECT_EQ(seen.conflicts[0].name, "gold");
  EXPECT_FALSE(seen.conflicts[0].wins);
  EXPECT_EQ(seen.conflicts[0].rule, RankingRule::rank);
  EXPECT_EQ(seen.conflicts[0].pods, 1u);
  EXPECT_EQ(seen.sample[1].after.priority.value(), 9);

  draft.rank = 2;
  EXPECT_TRUE(preview(draft).conflicts.at(0).wins);
  draft.rank = 1;
  draft.command = samples::command("nginx");
  EXPECT_EQ(preview(draft).conflicts.at(0).rule, RankingRule::specificity);
}

TEST_F(PreviewTest, pods_and_strategies_outside_of_the_askers_namespaces_are_not_named) {
  Pod foreign = pod("x", "n3", {{"app", "web"}});
  foreign.name_space = Namespace("core");
  plan_.put_pod(foreign);
  plan_.put_strategy(selecting("everywhere", "app", "web"));
  const Scope scope(UserId("me"), {{"schedule_strategy.read", false, "web", ""}});
  const Preview seen = plan_.preview(selecting("", "app", "web"), std::nullopt, scope, now);
  EXPECT_EQ(seen.matched_pods, 2u);
  EXPECT_EQ(seen.nodes, 2u);
  ASSERT_EQ(seen.conflicts.size(), 1u);
  EXPECT_TRUE(seen.conflicts[0].with.empty());
  EXPECT_EQ(seen.conflicts[0].pods, 2u);
}

TEST_F(PreviewTest, what_somebody_should_think_twice_about_is_a_warning) {
  EXPECT_TRUE(warns(preview(selecting("", "app", "none")), "NO_PODS"));
  EXPECT_TRUE(warns(preview(samples::strategy("")), "EVERYTHING"));
  Strategy draft = selecting("", "app", "web");
  draft.expires = now;
  EXPECT_TRUE(warns(preview(draft), "EXPIRED"));
  draft.expires = std::nullopt;
  draft.includes_protected = true;
  EXPECT_TRUE(warns(preview(draft), "PROTECTED"));
  Strategy stronger = selecting("other", "app", "web");
  stronger.rank = 1;
  plan_.put_strategy(stronger);
  EXPECT_TRUE(warns(preview(draft), "SUPERSEDED"));
}

TEST_F(PreviewTest, one_that_takes_other_commands_only_leaves_it_some_processes) {
  Strategy stronger = selecting("other", "app", "web");
  stronger.rank = 1;
  stronger.command = samples::command("nginx");
  plan_.put_strategy(stronger);
  Strategy draft = selecting("", "app", "web");
  EXPECT_FALSE(warns(preview(draft), "SUPERSEDED"));
  draft.command = samples::command("nginx");
  EXPECT_TRUE(warns(preview(draft), "SUPERSEDED"));
}

TEST_F(PreviewTest, several_may_take_its_processes_together) {
  for (const char* uid : {"a", "b"}) {
    Strategy stronger = selecting(uid, "app", "web");
    stronger.rank = 1;
    stronger.excluded_pods = {PodUid(uid)};
    plan_.put_strategy(stronger);
  }
  EXPECT_TRUE(warns(preview(selecting("", "app", "web")), "SUPERSEDED"));
}

TEST_F(PreviewTest, a_container_that_none_of_the_matching_pods_has_is_told) {
  Strategy draft = selecting("", "app", "web");
  draft.container = "proxy";
  EXPECT_TRUE(warns(preview(draft), "NO_CONTAINER"));
  Pod with = pod("a", "n1", {{"app", "web"}});
  with.containers = {{"proxy", ""}};
  plan_.put_pod(with);
  EXPECT_FALSE(warns(preview(draft), "NO_CONTAINER"));
  EXPECT_EQ(preview(draft).matched_pods, 1u);
  EXPECT_FALSE(warns(preview(selecting("", "app", "none")), "NO_CONTAINER"));
}

TEST_F(PreviewTest, one_that_is_not_in_force_is_not_said_to_match_nothing) {
  Strategy draft = selecting("", "app", "web");
  draft.enabled = false;
  EXPECT_TRUE(warns(preview(draft), "DISABLED"));
  EXPECT_FALSE(warns(preview(draft), "NO_PODS"));
}

}  // namespace
}  // namespace gthulhu
