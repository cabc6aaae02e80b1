// SPDX-License-Identifier: Apache-2.0
#include "core/plan/intent_id.h"

#include <gtest/gtest.h>

#include "core/plan/intent_of.h"
#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

// printf '64b000000000000000000001/31e4e721-a5a0-421a-ae1d-b7971ae30d6e' | sha256sum
TEST(IntentId, is_the_beginning_of_the_hash_of_strategy_and_pod) {
  EXPECT_EQ(intent_id(StrategyId("64b000000000000000000001"),
                      PodUid("31e4e721-a5a0-421a-ae1d-b7971ae30d6e"))
                .str(),
            "7a80727fe95c56cc3019122d");
}

TEST(IntentId, differs_with_strategy_and_pod) {
  const IntentId id = intent_id(StrategyId("a"), PodUid("b"));
  EXPECT_EQ(id.str().size(), 24U);
  EXPECT_EQ(id, intent_id(StrategyId("a"), PodUid("b")));
  EXPECT_NE(id, intent_id(StrategyId("a"), PodUid("c")));
  EXPECT_NE(id, intent_id(StrategyId("b"), PodUid("b")));
}

TEST(IntentOf, takes_the_wish_from_the_strategy_and_the_place_from_the_pod) {
  Strategy strategy = samples::for_command("s", "nginx");
  strategy.priority = Priority::clamp(7);
  strategy.slice = Slice::clamp(2'000'000);
  strategy.clamped = true;
  strategy.creator = UserId("u");
  const Pod pod = samples::pod("p", "n1", {{"app", "web"}});
  const Intent intent = intent_of(strategy, pod);
  EXPECT_EQ(intent.id, intent_id(strategy.id, pod.uid));
  EXPECT_EQ(intent.strategy, strategy.id);
  EXPECT_EQ(intent.pod, pod.uid);
  EXPECT_EQ(intent.pod_name, pod.name);
  EXPECT_EQ(intent.node, pod.node);
  EXPECT_EQ(intent.name_space, pod.name_space);
  EXPECT_EQ(intent.pod_labels->unpack(), pod.labels);
  EXPECT_EQ(intent.command, strategy.command);
  EXPECT_EQ(intent.priority, strategy.priority);
  EXPECT_EQ(intent.slice, strategy.slice);
  EXPECT_EQ(intent.creator, strategy.creator);
  EXPECT_TRUE(intent.clamped);
}

}  // namespace
}  // namespace gthulhu
