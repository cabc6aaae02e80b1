// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_texts.h"

#include <gtest/gtest.h>

#include "wire/strategy_json.h"

namespace gthulhu::rest {
namespace {

std::string fresh(const Strategy& strategy, std::size_t matched_pods) {
  return wire::to_text(wire::encode_strategy(strategy, matched_pods));
}

std::string text_of(StrategyTexts& texts, const Strategy& strategy, std::size_t matched_pods) {
  std::string text;
  texts.append(text, strategy, matched_pods);
  return text;
}

TEST(StrategyTexts, are_always_those_of_the_present_revision_and_count) {
  StrategyTexts texts(2);
  Strategy strategy;
  strategy.id = StrategyId("a");
  strategy.revision = 1;
  EXPECT_EQ(text_of(texts, strategy, 1), fresh(strategy, 1));
  EXPECT_EQ(text_of(texts, strategy, 2), fresh(strategy, 2));
  strategy.revision = 2;
  strategy.name = "gold";
  EXPECT_EQ(text_of(texts, strategy, 2), fresh(strategy, 2));
  for (const char* id : {"b", "c", "d"}) {
    Strategy other;
    other.id = StrategyId(id);
    EXPECT_EQ(text_of(texts, other, 0), fresh(other, 0));
  }
  EXPECT_EQ(text_of(texts, strategy, 2), fresh(strategy, 2));
}

}  // namespace
}  // namespace gthulhu::rest
