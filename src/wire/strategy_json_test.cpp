// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_json.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

Result<Strategy> decode(std::string_view body, UnknownFields unknown = UnknownFields::ignored) {
  return decode_strategy(TRY(parse_json(body)), unknown);
}

TEST(DecodeStrategy, reads_every_field) {
  const Result<Strategy> strategy = decode(R"({"strategyNamespace":"team","labelSelectors":[
    {"key":"tier","value":"gold"},{"key":"app"}],"k8sNamespace":["core","edge"],"commandRegex":"^nr-gnb$",
    "priority":10,"executionTime":2000000,"rank":3,"cgroupPaths":["/gthulhu/*"],"unknown":1})");
  ASSERT_TRUE(strategy) << strategy.error().message;
  EXPECT_EQ(strategy->strategy_namespace, "team");
  EXPECT_EQ(strategy->selector.requirements().size(), 2u);
  EXPECT_TRUE(strategy->selector.selects({{"tier", "gold"}, {"app", "x"}}));
  EXPECT_FALSE(strategy->selector.selects({{"tier", "gold"}}));
  EXPECT_EQ(strategy->namespaces, (std::vector{Namespace("core"), Namespace("edge")}));
  EXPECT_EQ(strategy->command.text(), "^nr-gnb$");
  EXPECT_EQ(strategy->priority.value(), 10);
  EXPECT_EQ(strategy->slice.length(), std::chrono::milliseconds(2));
  EXPECT_EQ(strategy->rank, 3);
  EXPECT_EQ(strategy->cgroup_paths, std::vector<std::string>{"/gthulhu/*"});
}

TEST(DecodeStrategy, one_empty_namespace_means_all_as_in_the_go_system) {
  EXPECT_TRUE(decode(R"({"k8sNamespace":[""]})")->namespaces.empty());
}

TEST(DecodeStrategy, every_bad_field_is_named) {
  struct Case {
    const char* body;
    const char* begin;
  };
  for (const Case& c :
       {Case{R"({"priority":21})", "priority must be between -20 and 20, not 21"},
        Case{R"({"priority":-21})", "priority must be between -20 and 20, not -21"},
        Case{R"({"priority":"high"})", "priority must be an integer, not a string"},
        Case{R"({"executionTime":99999})", "executionTime must be 0 or between 100000 and"},
        Case{R"({"executionTime":100000001})", "executionTime must be 0 or between 100000 and"},
        Case{R"({"commandRegex":"("})", "commandRegex"},
        Case{R"({"labelSelectors":[{"key":"a b","value":"c"}]})", "labelSelectors[0].key"},
        Case{R"({"labelSelectors":[{"key":"a"},{"key":"","value":"c"}]})", "labelSelectors[1].key"},
        Case{R"({"labelSelectors":[{"key":"a","value":"b c"}]})", "labelSelectors[0].value"},
        Case{R"({"labelSelectors":{"key":"a"}})", "labelSelectors must be a list, not an object"},
        Case{R"({"k8sNamespace":"core"})", "k8sNamespace must be a list, not a string"},
        Case{R"({"k8sNamespace":["ok","Not Ok"]})", "k8sNamespace[1] must be a namespace's name"},
        Case{R"({"rank":1000001})", "rank must be between"},
        Case{R"({"cgroupPaths":["/a","/b[a"]})", "cgroupPaths[1]"},
        Case{R"([])", "the body must be an object"}}) {
    const Result<Strategy> strategy = decode(c.body);
    ASSERT_FALSE(strategy) << c.body;
    EXPECT_EQ(strategy.error().code, Errc::invalid_argument) << c.body;
    EXPECT_TRUE(strategy.error().message.starts_with(c.begin)) << strategy.error().message;
  }
}

TEST(DecodeStrategy, strict_validation_refuses_unknown_fields) {
  const Result<Strategy> strategy = decode(R"({"priorty":1})", UnknownFields::refused);
  ASSERT_FALSE(strategy);
  EXPECT_TRUE(strategy.error().message.starts_with("priorty is not a field"))
      << strategy.error().message;
}

TEST(EncodeStrategy, keys_are_capitalised_in_the_order_of_the_go_system) {
  Strategy strategy =
      *decode(R"({"labelSelectors":[{"key":"app","value":"web"},{"key":"x"}],"priority":1})");
  strategy.id = StrategyId("64b000000000000000000001");
  EXPECT_EQ(
      to_text(encode_strategy(strategy)),
      R"({"ID":"64b000000000000000000001","StrategyNamespace":"","LabelSelectors":[{"key":"app","value":"web"},{"key":"x"}],)"
      R"("K8sNamespace":null,"CommandRegex":"","Priority":1,"ExecutionTime":0,"Rank":0,"CgroupPaths":[]})");
}

TEST(EncodeStrategy, what_a_client_sends_is_what_the_server_reads) {
  const Strategy strategy =
      *decode(R"({"strategyNamespace":"t","labelSelectors":[{"key":"app","value":"web"}],
    "k8sNamespace":["a"],"commandRegex":"x","priority":-20,"executionTime":100000,"rank":-1,"cgroupPaths":["/a/**"]})");
  EXPECT_EQ(*decode(to_text(encode_strategy_request(strategy)), UnknownFields::refused), strategy);
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
      R"("Reason":"clamped","SupersededBy":"","Processes":2})");
  EXPECT_NE(to_text(encode_intent(intent, {})).find(R"("State":1)"), std::string::npos);
}

TEST(DecodeStrategyId, absent_and_malformed_ids_are_refused) {
  EXPECT_EQ(decode_strategy_id(*parse_json("{}")).error().message, "Strategy ID is required");
  EXPECT_EQ(decode_strategy_id(*parse_json(R"({"strategyId":"x"})")).error().message,
            "strategyId must be an id of 24 hexadecimal digits");
  EXPECT_TRUE(decode_strategy_id(*parse_json(R"({"strategyId":"64b000000000000000000001"})")));
}

}  // namespace
}  // namespace gthulhu::wire
