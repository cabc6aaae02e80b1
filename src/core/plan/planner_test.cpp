// SPDX-License-Identifier: Apache-2.0
#include "core/plan/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using samples::for_command;
using samples::in_namespace;
using samples::pod;
using samples::selecting;
using samples::strategy;

std::vector<std::string> strategies_of(const Plan& plan, const std::string& node) {
  std::vector<std::string> ids;
  const auto found = plan.intents.find(NodeName(node));
  if (found == plan.intents.end()) return ids;
  for (const Intent& intent : found->second) {
    ids.push_back(intent.pod.str() + ":" + intent.strategy.str());
  }
  return ids;
}

TEST(Plan, a_pod_gets_all_its_intents_the_strongest_last) {
  const std::vector strategies{selecting("narrow", "app", "web"), for_command("command", "nginx"),
                               in_namespace("wide", "web"), strategy("all")};
  const std::vector pods{pod("p", "n1", {{"app", "web"}})};
  EXPECT_EQ(strategies_of(plan({strategies, pods, TimePoint{}}), "n1"),
            (std::vector<std::string>{"p:all", "p:wide", "p:narrow", "p:command"}));
}

TEST(Plan, pods_are_in_order_of_their_uids_each_on_its_node) {
  const std::vector strategies{strategy("s")};
  const std::vector pods{pod("c", "n1"), pod("a", "n1"), pod("b", "n2")};
  const Plan result = plan({strategies, pods, TimePoint{}});
  EXPECT_EQ(result.intents.size(), 2U);
  EXPECT_EQ(strategies_of(result, "n1"), (std::vector<std::string>{"a:s", "c:s"}));
  EXPECT_EQ(strategies_of(result, "n2"), (std::vector<std::string>{"b:s"}));
}

TEST(Plan, pods_without_node_and_nodes_without_intents_are_left_out) {
  const std::vector strategies{selecting("s", "app", "web")};
  const std::vector pods{pod("a", "", {{"app", "web"}}), pod("b", "n1")};
  EXPECT_TRUE(plan({strategies, pods, TimePoint{}}).intents.empty());
}

TEST(Plan, the_order_of_what_is_known_does_not_matter) {
  std::vector strategies{strategy("a"), strategy("b"), selecting("c", "app", "web")};
  std::vector pods{pod("p", "n1", {{"app", "web"}}), pod("q", "n1")};
  const Plan expected = plan({strategies, pods, TimePoint{}});
  std::ranges::reverse(strategies);
  std::ranges::reverse(pods);
  EXPECT_EQ(plan({strategies, pods, TimePoint{}}), expected);
  EXPECT_EQ(expected.intents.at(NodeName("n1")).size(), 5U);
}

}  // namespace
}  // namespace gthulhu
