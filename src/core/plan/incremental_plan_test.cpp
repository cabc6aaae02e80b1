// SPDX-License-Identifier: Apache-2.0
#include "core/plan/incremental_plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using samples::in_namespace;
using samples::pod;
using samples::selecting;
using samples::strategy;

std::set<NodeName> nodes(std::initializer_list<const char*> names) {
  std::set<NodeName> result;
  for (const char* name : names) result.emplace(name);
  return result;
}

TEST(IncrementalPlan, tells_the_nodes_whose_intents_changed) {
  IncrementalPlan plan;
  const Labels web{{"app", "web"}};
  EXPECT_EQ(plan.put_pod(pod("a", "n1", web)), nodes({}));
  EXPECT_EQ(plan.put_strategy(selecting("s", "app", "web")), nodes({"n1"}));
  EXPECT_EQ(plan.put_pod(pod("b", "n2", web)), nodes({"n2"}));
  EXPECT_EQ(plan.put_pod(pod("c", "n3")), nodes({}));
  EXPECT_EQ(plan.put_pod(pod("a", "n2", web)), nodes({"n1", "n2"}));
  EXPECT_EQ(plan.put_pod(pod("a", "n2", web)), nodes({}));
  EXPECT_EQ(plan.erase_pod(PodUid("b")), nodes({"n2"}));
  EXPECT_EQ(plan.erase_pod(PodUid("b")), nodes({}));
  EXPECT_EQ(plan.erase_strategy(StrategyId("s")), nodes({"n2"}));
  EXPECT_EQ(plan.erase_strategy(StrategyId("s")), nodes({}));
  EXPECT_TRUE(plan.whole().intents.empty());
}

TEST(IncrementalPlan, a_restarted_container_changes_the_intents_that_name_it_and_no_others) {
  IncrementalPlan plan;
  Strategy one = strategy("s");
  one.container = "main";
  plan.put_strategy(one);
  Pod started = pod("a", "n1");
  started.containers = {{"main", "c1"}, {"side", "d1"}};
  plan.put_pod(started);
  EXPECT_EQ(plan.intents_of(NodeName("n1")).front().container_ids, std::vector<std::string>{"c1"});
  started.containers[1].id = "d2";
  EXPECT_EQ(plan.put_pod(started), nodes({}));
  started.containers[0].id = "c2";
  EXPECT_EQ(plan.put_pod(started), nodes({"n1"}));
  EXPECT_EQ(plan.intents_of(NodeName("n1")).front().container_ids, std::vector<std::string>{"c2"});
}

TEST(IncrementalPlan, a_strategy_that_only_was_stored_again_changes_nothing) {
  IncrementalPlan plan;
  plan.put_pod(pod("a", "n1"));
  Strategy wide = strategy("s");
  EXPECT_EQ(plan.put_strategy(wide), nodes({"n1"}));
  wide.updated = TimePoint(std::chrono::milliseconds(5));
  wide.strategy_namespace = "tenant";
  EXPECT_EQ(plan.put_strategy(wide), nodes({}));
  wide.rank = 3;  // alone, its place stays the same, but its intents say it
  EXPECT_EQ(plan.put_strategy(wide), nodes({"n1"}));
  wide.priority = Priority::clamp(1);
  EXPECT_EQ(plan.put_strategy(wide), nodes({"n1"}));
}

TEST(IncrementalPlan, a_new_rank_changes_the_order) {
  IncrementalPlan plan;
  plan.put_pod(pod("a", "n1"));
  plan.put_strategy(strategy("s"));
  plan.put_strategy(strategy("t"));
  EXPECT_EQ(plan.intents_of(NodeName("n1")).back().strategy, StrategyId("s"));
  Strategy raised = strategy("t");
  raised.rank = 1;
  EXPECT_EQ(plan.put_strategy(raised), nodes({"n1"}));
  EXPECT_EQ(plan.intents_of(NodeName("n1")).back().strategy, StrategyId("t"));
}

TEST(IncrementalPlan, counts_what_it_knows) {
  IncrementalPlan plan;
  plan.replace_pods(std::vector{pod("a", "n1", {{"app", "web"}}), pod("b", "n1"), pod("c", "")});
  plan.put_strategy(selecting("s", "app", "web"));
  plan.put_strategy(strategy("t"));
  EXPECT_EQ(plan.pod_count(), 3U);
  EXPECT_EQ(plan.strategy_count(), 2U);
  EXPECT_EQ(plan.matched_pods(StrategyId("s")), 1U);
  EXPECT_EQ(plan.matched_pods(StrategyId("t")), 3U);
  EXPECT_EQ(plan.matched_pods(StrategyId("u")), 0U);
  EXPECT_TRUE(plan.has_intents(NodeName("n1")));
  EXPECT_FALSE(plan.has_intents(NodeName("n2")));
  EXPECT_EQ(plan.matched_pods(),
            (std::map<StrategyId, std::size_t>{{StrategyId("s"), 1}, {StrategyId("t"), 3}}));
  plan.put_pod(pod("a", "n1"));
  EXPECT_EQ(plan.matched_pods(StrategyId("s")), 0U);
  plan.erase_strategy(StrategyId("s"));
  plan.erase_strategy(StrategyId("t"));
  EXPECT_FALSE(plan.has_intents(NodeName("n1")));
  plan.replace_pods({});
  EXPECT_EQ(plan.matched_pods(StrategyId("t")), 0U);
  EXPECT_EQ(plan.pod_count(), 0U);
}

TEST(IncrementalPlan, of_pods_with_the_same_uid_the_last_counts) {
  IncrementalPlan plan;
  plan.put_strategy(strategy("s"));
  plan.replace_pods(std::vector{pod("a", "n1"), pod("a", "n2")});
  EXPECT_EQ(plan.pod_count(), 1U);
  EXPECT_TRUE(plan.intents_of(NodeName("n1")).empty());
  EXPECT_EQ(plan.intents_of(NodeName("n2")).size(), 1U);
}

TEST(IncrementalPlan, replacing_pods_tells_only_of_nodes_that_changed) {
  IncrementalPlan plan;
  plan.put_strategy(strategy("s"));
  plan.replace_pods(std::vector{pod("a", "n1"), pod("b", "n2"), pod("c", "n3")});
  EXPECT_EQ(plan.replace_pods(std::vector{pod("a", "n1"), pod("b", "n4"), pod("c", "n3")}),
            nodes({"n2", "n4"}));
}

// A thousand strategies of all kinds: a pod is compared with those that name its labels or
// namespace, and a strategy with the pods that it names.
TEST(IncrementalPlan, an_event_looks_at_what_it_may_concern_only) {
  IncrementalPlan plan;
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    plan.put_strategy(selecting("value" + n, "app", "app-" + n));
    plan.put_strategy(selecting("key" + n, "key-" + n, ""));
    plan.put_strategy(in_namespace("space" + n, "space-" + n));
  }
  for (int i = 0; i < 3; ++i) plan.put_strategy(strategy("all" + std::to_string(i)));
  Pod one = pod("p", "n1", {{"app", "app-7"}, {"key-8", "x"}, {"other", "y"}});
  one.name_space = Namespace("space-9");

  auto before = plan.comparisons();
  plan.put_pod(one);
  EXPECT_EQ(plan.comparisons() - before, 6U);
  EXPECT_EQ(plan.intents_of(NodeName("n1")).size(), 6U);

  before = plan.comparisons();
  one.node = NodeName("n2");
  plan.put_pod(one);
  plan.erase_pod(one.uid);
  EXPECT_EQ(plan.comparisons(), before);

  for (int i = 0; i < 1'000; ++i) {
    plan.put_pod(pod(std::to_string(i), "n3", {{"app", i % 10 == 0 ? "web" : "api"}}));
  }
  before = plan.comparisons();
  plan.put_strategy(selecting("narrow", "app", "web"));
  EXPECT_EQ(plan.comparisons() - before, 100U);
  EXPECT_EQ(plan.matched_pods(StrategyId("narrow")), 100U);
}

TEST(IncrementalPlan, the_narrowest_of_several_criteria_is_used) {
  IncrementalPlan plan;
  for (int i = 0; i < 100; ++i) {
    Pod next = pod(std::to_string(i), "n1", {{"app", "web"}, {"unit", std::to_string(i)}});
    next.name_space = Namespace(i < 5 ? "small" : "large");
    plan.put_pod(next);
  }
  Strategy both = selecting("s", "app", "web");
  both.namespaces.emplace_back("small");
  auto before = plan.comparisons();
  plan.put_strategy(both);
  EXPECT_EQ(plan.comparisons() - before, 5U);
  both.selector =
      samples::selector({simple_requirement("app", "web"), simple_requirement("unit", "3")});
  before = plan.comparisons();
  plan.put_strategy(both);
  EXPECT_LE(plan.comparisons() - before, 6U);
  EXPECT_EQ(plan.matched_pods(StrategyId("s")), 1U);
}

}  // namespace
}  // namespace gthulhu
