// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/intent_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/sync/node_set.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

TEST(IntentFile, without_a_file_there_are_no_intents_of_generation_0) {
  const TempDirectory folder;
  EXPECT_EQ(*JsonIntentFile(folder.file("intents.json")).load(), NodeIntents{});
}

TEST(IntentFile, what_was_saved_is_loaded_whole) {
  const TempDirectory folder;
  const std::string path = folder.file("intents.json");
  Intent intent;
  intent.id = IntentId("64b000000000000000000002");
  intent.pod = PodUid("uid");
  intent.command = *CommandPattern::parse("nginx");
  intent.priority = Priority::clamp(7);
  const NodeIntents intents{1'700'000'000'000, {intent}};
  ASSERT_TRUE(JsonIntentFile(path).save(intents));
  EXPECT_EQ(*JsonIntentFile(path).load(), intents);
}

TEST(IntentFile, has_no_more_bytes_than_were_counted_of_the_set) {
  const TempDirectory folder;
  const std::string path = folder.file("intents.json");
  const std::string longest(253, 'x');
  const std::string id(24, 'a');
  NodeSet set{.generation = 9'007'199'254'740'992, .strategies = {}, .pods = {}};
  set.strategies[StrategyId(id)] = {
      .id = StrategyId(id),
      .command = *CommandPattern::parse("^(nr-gnb|upf).*$"),
      .priority = Priority::clamp(-20),
      .slice = Slice::clamp(100'000'000),
      .rank = -Strategy::rank_max,
      .container = longest,
      .expires = TimePoint{std::chrono::milliseconds{253'402'300'799'999}},
      .clamped = false};
  NodePod pod{.uid = PodUid(longest),
              .name = longest,
              .name_space = Namespace(longest),
              .labels = {},
              .containers = {},
              .strategies = {StrategyId(id)}};
  for (int i = 0; i < 256; ++i) {
    pod.labels["l" + std::to_string(i)] = "v";
    pod.containers.push_back({longest, std::to_string(i)});
  }
  set.pods[pod.uid] = pod;
  const NodeIntents intents{set.generation, intents_of(set, NodeName(longest))};
  ASSERT_TRUE(JsonIntentFile(path).save(intents));
  EXPECT_LE(std::filesystem::file_size(path), stored_bytes(set));
  EXPECT_EQ(JsonIntentFile(path).load().value(), intents);
}

TEST(IntentFile, a_damaged_file_is_reported_and_not_taken_for_an_empty_one) {
  const TempDirectory folder;
  const std::string path = folder.file("intents.json");
  std::ofstream(path) << R"({"generation":1,"inten)";
  const auto loaded = JsonIntentFile(path).load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace gthulhu
