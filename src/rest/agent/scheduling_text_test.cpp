// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/scheduling_text.h"

#include <gtest/gtest.h>

namespace gthulhu::rest {
namespace {

NodeSnapshot with_process(pid_t pid, std::uint64_t decided) {
  NodeSnapshot snapshot;
  snapshot.intents = NodeIntents{0, {Intent{}}};
  Decision decision;
  decision.process = Process{.id = {pid, 1}};
  snapshot.decisions = Decisions{PodDecisions{{decision}}};
  snapshot.decided = decided;
  return snapshot;
}

TEST(SchedulingText, is_made_once_for_the_same_decisions_and_has_a_tag_of_its_content) {
  SchedulingText text;
  const auto first = text.of(with_process(7, 1));
  EXPECT_EQ(first->list, R"([{"priority":0,"execution_time":0,"pid":7}])");
  EXPECT_EQ(text.of(with_process(7, 1)), first);
  const auto same = text.of(with_process(7, 2));
  EXPECT_NE(same, first);
  EXPECT_EQ(same->tag, first->tag);
  EXPECT_NE(text.of(with_process(8, 3))->tag, first->tag);
}

TEST(SchedulingText, tags_are_compared_weakly) {
  EXPECT_TRUE(names_tag("W/\"a\"", "W/\"a\""));
  EXPECT_TRUE(names_tag("\"a\"", "W/\"a\""));
  EXPECT_TRUE(names_tag("\"x\", W/\"a\"", "W/\"a\""));
  EXPECT_TRUE(names_tag(" * ", "W/\"a\""));
  EXPECT_FALSE(names_tag("\"b\"", "W/\"a\""));
  EXPECT_FALSE(names_tag("", "W/\"a\""));
}

}  // namespace
}  // namespace gthulhu::rest
