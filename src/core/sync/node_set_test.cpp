// SPDX-License-Identifier: Apache-2.0
#include "core/sync/node_set.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "core/plan/intent_id.h"

namespace gthulhu {
namespace {

const NodeName node("n");

NodeSet sample() {
  NodeSet set;
  set.generation = 3;
  set.strategies[StrategyId("s1")] = {.id = StrategyId("s1"), .priority = Priority::clamp(3)};
  set.strategies[StrategyId("s2")] = {.id = StrategyId("s2"),
                                      .command = CommandPattern::parse("nginx").value(),
                                      .priority = Priority::clamp(-2),
                                      .slice = Slice::clamp(2'000'000),
                                      .rank = 4,
                                      .container = "main",
                                      .expires = TimePoint{std::chrono::milliseconds{5'000}},
                                      .clamped = true};
  set.pods[PodUid("p")] = {.uid = PodUid("p"),
                           .name = "web-0",
                           .name_space = Namespace("core"),
                           .labels = {{"app", "web"}},
                           .containers = {{"main", "c1"}},
                           .strategies = {StrategyId("s1"), StrategyId("s2")}};
  return set;
}

TEST(NodeSet, becomes_intents_weakest_first_and_a_set_again) {
  const NodeSet set = sample();
  const std::vector<Intent> intents = intents_of(set, node);
  ASSERT_EQ(intents.size(), 2U);
  EXPECT_EQ(intents[0].strategy, StrategyId("s1"));
  EXPECT_EQ(intents[1].id, intent_id(StrategyId("s2"), PodUid("p")));
  EXPECT_EQ(intents[1].container_ids, std::vector<std::string>{"c1"});
  EXPECT_EQ(intents[1].node, node);
  EXPECT_EQ(node_set({set.generation, intents}), set);
}

// As many pods, each with these strategies.
NodeDifference many(std::size_t pods, std::size_t strategies, std::size_t label_bytes = 0) {
  NodeDifference change{.from = 0, .generation = 1};
  std::vector<StrategyId> ids;
  for (std::size_t i = 0; i < strategies; ++i) {
    ids.emplace_back("s" + std::to_string(i));
    change.strategies.push_back({.id = ids.back()});
  }
  for (std::size_t i = 0; i < pods; ++i) {
    NodePod pod{.uid = PodUid("p" + std::to_string(i)), .strategies = ids};
    if (label_bytes > 0) pod.labels = {{"l", std::string(label_bytes, 'x')}};
    change.pods.push_back(std::move(pod));
  }
  return change;
}

TEST(NodeSet, holds_so_many_intents_and_no_more) {
  const auto full = apply(NodeSet(), many(200, 100));
  ASSERT_TRUE(full) << full.error().text();
  const auto more = apply(NodeSet(), many(201, 100));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::invalid_argument);
  EXPECT_EQ(more.error().field, "pods");
  EXPECT_TRUE(more.error().message.starts_with("pods must make at most 20000 intents"))
      << more.error().message;
}

TEST(NodeSet, holds_so_much_text_and_no_more) {
  ASSERT_TRUE(apply(NodeSet(), many(1, 15, 1'000'000)));
  const auto more = apply(NodeSet(), many(1, 17, 1'000'000));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().field, "pods");
  EXPECT_TRUE(more.error().message.starts_with("pods must take at most 16777216 bytes"))
      << more.error().message;
}

TEST(NodeSet, cannot_be_brought_over_the_bound_by_differences) {
  const NodeSet half = apply(NodeSet(), many(1, 10, 1'000'000)).value();
  NodeDifference change = many(1, 10, 1'000'000);
  change.from = 1;
  change.generation = 2;
  ASSERT_TRUE(apply(half, change)) << "the same pods again";
  change.pods.front().uid = PodUid("another");
  EXPECT_EQ(apply(half, change).error().field, "pods");
  change.gone_pods = {PodUid("p0")};
  EXPECT_TRUE(apply(half, change)) << "in place of those that go";
}

TEST(NodeSet, has_a_digest_over_every_field_but_the_generation) {
  const Digest digest = digest_of(sample());
  NodeSet later = sample();
  later.generation = 9;
  EXPECT_EQ(digest_of(later), digest);

  const StrategyId s2("s2");
  const PodUid p("p");
  const std::vector<std::function<void(NodeSet&)>> changes = {
      [&](NodeSet& set) { set.strategies[s2].command = {}; },
      [&](NodeSet& set) { set.strategies[s2].priority = Priority::clamp(1); },
      [&](NodeSet& set) { set.strategies[s2].slice = {}; },
      [&](NodeSet& set) { set.strategies[s2].rank = 5; },
      [&](NodeSet& set) { set.strategies[s2].container = "other"; },
      [&](NodeSet& set) { set.strategies[s2].expires = {}; },
      [&](NodeSet& set) { set.strategies[s2].clamped = false; },
      [&](NodeSet& set) { set.pods[p].name = "web-1"; },
      [&](NodeSet& set) { set.pods[p].name_space = Namespace("edge"); },
      [&](NodeSet& set) { set.pods[p].labels["app"] = "db"; },
      [&](NodeSet& set) { set.pods[p].labels["tier"] = "x"; },
      [&](NodeSet& set) { set.pods[p].containers.clear(); },
      [&](NodeSet& set) { std::swap(set.pods[p].strategies[0], set.pods[p].strategies[1]); },
      [&](NodeSet& set) { set.pods[p].strategies.pop_back(); },
      [&](NodeSet& set) { set.pods.clear(); }};
  std::set<Digest> digests{digest};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    NodeSet changed = sample();
    changes[i](changed);
    EXPECT_TRUE(digests.insert(digest_of(changed)).second) << i;
  }
}

TEST(NodeSet, a_difference_that_does_not_begin_where_the_node_is_or_ends_before_is_refused) {
  NodeDifference change{.from = 2, .generation = 4};
  EXPECT_EQ(apply(sample(), change).error().code, Errc::conflict);
  change.from = 3;
  EXPECT_TRUE(apply(sample(), change));
  change.generation = 3;
  EXPECT_EQ(apply(sample(), change).error().code, Errc::invalid_argument);
}

TEST(NodeSet, a_pod_with_a_strategy_that_nobody_knows_is_refused) {
  NodeDifference change{.from = 3, .generation = 4};
  change.pods.push_back({.uid = PodUid("q"), .strategies = {StrategyId("nobody")}});
  EXPECT_EQ(apply(sample(), change).error().field, "pods");
}

NodeSet random_set(std::mt19937& random, Generation generation) {
  NodeSet set;
  set.generation = generation;
  for (int pod = 0; pod < 5; ++pod) {
    if (random() % 3 == 0) continue;
    NodePod made{.uid = PodUid("p" + std::to_string(pod)), .name = std::to_string(random() % 2)};
    for (int strategy = 0; strategy < 4; ++strategy) {
      if (random() % 2 == 0) made.strategies.emplace_back("s" + std::to_string(strategy));
    }
    if (!made.strategies.empty()) set.pods[made.uid] = made;
  }
  for (const auto& [uid, pod] : set.pods) {
    for (const StrategyId& id : pod.strategies) {
      set.strategies.try_emplace(
          id, NodeStrategy{.id = id, .priority = Priority::clamp(static_cast<int>(random() % 3))});
    }
  }
  return set;
}

TEST(NodeSet, the_difference_of_two_sets_makes_the_one_the_other) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    const NodeSet from = random_set(random, 7);
    const NodeSet to = random_set(random, 8);
    const auto reached = apply(from, difference(from, to));
    ASSERT_TRUE(reached) << reached.error().text();
    ASSERT_EQ(*reached, to) << round;
    ASSERT_EQ(digest_of(*reached), digest_of(to));
  }
}

}  // namespace
}  // namespace gthulhu
