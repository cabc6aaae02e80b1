// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/intent_file.h"

#include <gtest/gtest.h>

#include <fstream>

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
