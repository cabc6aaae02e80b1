// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_json.h"

#include <gtest/gtest.h>

#include "wire/strategy_request.h"

namespace gthulhu::wire {
namespace {

TEST(EncodeStrategy, keys_are_capitalised_in_the_order_of_the_go_system) {
  Strategy strategy = *decode_strategy(
      *parse_json(R"({"labelSelectors":[{"key":"app","value":"web"},{"key":"x"}],"priority":1})"),
      UnknownFields::ignored);
  strategy.id = StrategyId("64b000000000000000000001");
  EXPECT_EQ(
      to_text(encode_strategy(strategy, 2)),
      R"({"ID":"64b000000000000000000001","StrategyNamespace":"","LabelSelectors":[{"key":"app","value":"web"},{"key":"x"}],)"
      R"("K8sNamespace":null,"CommandRegex":"","Priority":1,"ExecutionTime":0,"Rank":0,"CgroupPaths":[],)"
      R"("Name":"","Description":"","Enabled":true,"LabelExpressions":[],"ExcludedNamespaces":[],"Container":"","ExpiresAt":0,)"
      R"("IncludeProtected":false,"ConfirmAll":false,"ExcludedPods":[],"Revision":1,"MatchedPods":2,"CommandMatch":"comm"})");
}

TEST(EncodeIntent, an_acknowledged_intent_has_state_2_and_the_word_beside_it) {
  Intent intent;
  intent.id = IntentId("64b000000000000000000002");
  intent.strategy = StrategyId("64b000000000000000000001");
  intent.pod = PodUid("uid");
  intent.pod_name = "web-0";
  const IntentReport report{intent.id, IntentState::degraded, "clamped", {}, 2};
  EXPECT_EQ(
      to_text(encode_intent(intent, report)),
      R"({"ID":"64b000000000000000000002","StrategyID":"64b000000000000000000001","PodID":"uid","NodeID":"","K8sNamespace":"",)"
      R"("CommandRegex":"","Priority":0,"ExecutionTime":0,"PodLabels":null,"State":2,"PodName":"web-0","Status":"degraded",)"
      R"("Reason":"clamped","SupersededBy":"","Processes":2,"CommandMatch":"comm"})");
  EXPECT_NE(to_text(encode_intent(intent, {})).find(R"("State":1)"), std::string::npos);
}

TEST(ParseStrategyId, absent_and_malformed_ids_are_refused) {
  EXPECT_EQ(parse_strategy_id(*decode_strategy_id(*parse_json("{}"))).error().message,
            "Strategy ID is required");
  EXPECT_EQ(parse_strategy_id("x").error().message,
            "strategyId must be an id of 24 hexadecimal digits");
  EXPECT_EQ(*parse_strategy_id("64B00000000000000000000A"), StrategyId("64b00000000000000000000a"));
  EXPECT_FALSE(decode_strategy_id(*parse_json(R"({"strategyId":1})")));
}

}  // namespace
}  // namespace gthulhu::wire
