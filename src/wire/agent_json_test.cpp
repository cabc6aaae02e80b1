// SPDX-License-Identifier: Apache-2.0
#include "wire/agent_json.h"

#include <gtest/gtest.h>

#include "wire/envelope.h"

namespace gthulhu::wire {
namespace {

TEST(DecodeIntents, reads_what_a_go_manager_sends) {
  const auto intents =
      decode_intents(*parse_json(R"({"intents":[{"podName":"web-0","podID":"uid","nodeID":"n1",
    "k8sNamespace":"core","commandRegex":"nginx","priority":10,"executionTime":20000000,"podLabels":{"app":"nginx"}},{}]})"));
  ASSERT_TRUE(intents) << intents.error().message;
  ASSERT_EQ(intents->size(), 2u);
  const Intent& intent = intents->front();
  EXPECT_EQ(intent.pod, PodUid("uid"));
  EXPECT_EQ(intent.pod_labels->unpack(), (Labels{{"app", "nginx"}}));
  EXPECT_EQ(intent.priority.value(), 10);
  EXPECT_FALSE(intent.clamped);
}

TEST(DecodeIntents, clamps_and_marks_what_a_go_manager_never_checked) {
  const auto intents =
      decode_intents(*parse_json(R"({"intents":[{"priority":50,"executionTime":1}]})"));
  ASSERT_TRUE(intents);
  EXPECT_EQ(intents->front().priority.value(), 20);
  EXPECT_EQ(intents->front().slice.length(), Slice::shortest);
  EXPECT_TRUE(intents->front().clamped);
}

TEST(DecodeIntents, more_than_a_node_may_hold_are_refused) {
  const auto body = [](std::size_t count) {
    std::string text = R"({"intents":[{})";
    for (std::size_t i = 1; i < count; ++i) text += ",{}";
    return *parse_json(text + "]}");
  };
  EXPECT_TRUE(decode_intents(body(20'000)));
  const auto refused = decode_intents(body(20'001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "intents");
}

TEST(DecodeIntents, a_bad_field_is_named_with_its_place) {
  EXPECT_TRUE(decode_intents(*parse_json(R"({"intents":[{},{"commandRegex":"("}]})"))
                  .error()
                  .message.starts_with("intents[1].commandRegex"));
}

TEST(DecodeIntents, what_our_manager_writes_is_read_back_whole) {
  Intent intent;
  intent.id = IntentId("64b000000000000000000002");
  intent.strategy = StrategyId("64b000000000000000000001");
  intent.pod = PodUid("uid");
  intent.pod_labels = PackedLabels(Labels{{"a", "b"}});
  intent.command = *CommandPattern::parse("x");
  intent.priority = Priority::clamp(-3);
  intent.clamped = true;
  const Value body = Value::Object{{"intents", Value::Array{encode_node_intent(intent)}}};
  EXPECT_EQ(decode_intents(body)->front(), intent);
}

TEST(DecodeIntentDeletion, needs_a_pod_or_all) {
  EXPECT_EQ(decode_intent_deletion(*parse_json("{}")).error().message,
            "PodID is required when 'all' is false");
  EXPECT_TRUE(decode_intent_deletion(*parse_json(R"({"all":true})"))->all);
  EXPECT_EQ(decode_intent_deletion(*parse_json(R"({"podId":"u","pid":7})"))->pid, 7);
}

TEST(SchedulingBody, is_the_documented_form) {
  Intent intent;
  intent.pod_labels = PackedLabels(Labels{{"app", "nginx"}});
  intent.command = *CommandPattern::parse("nginx");
  Decision decision;
  decision.process = Process{.id = {4711, 1}};
  decision.priority = Priority::clamp(10);
  decision.slice = Slice::clamp(20'000'000);
  EXPECT_EQ(
      scheduling_body(scheduling_list({intent}, {PodDecisions{{decision}}}), TimePoint{}),
      R"({"success":true,"message":"Scheduling intents retrieved successfully","timestamp":"1970-01-01T00:00:00Z",)"
      R"("scheduling":[{"priority":10,"execution_time":20000000,"pid":4711,)"
      R"("selectors":[{"key":"app","value":"nginx"}],"command_regex":"nginx"}]})"
      "\n");
}

TEST(SchedulingBody, an_empty_list_is_a_list_and_never_null) {
  EXPECT_NE(scheduling_body(scheduling_list({}, {}), TimePoint{}).find(R"("scheduling":[])"),
            std::string::npos);
}

TEST(Envelope, success_and_error_are_the_documented_forms) {
  EXPECT_EQ(success_body(Value(Value::Object{{"a", 1}}), TimePoint{}),
            "{\"success\":true,\"data\":{\"a\":1},\"timestamp\":\"1970-01-01T00:00:00Z\"}\n");
  EXPECT_EQ(success_body({}, TimePoint{}),
            "{\"success\":true,\"timestamp\":\"1970-01-01T00:00:00Z\"}\n");
  EXPECT_EQ(error_body({.text = "a<b", .code = "conflict"}).text,
            R"({"success":false,"error":"a\u003cb","code":"conflict","requestId":""})"
            "\n");
  const ErrorBody all = error_body({.text = "a",
                                    .code = "stale",
                                    .field = "b[0].c",
                                    .retry_after = std::chrono::milliseconds{1500},
                                    .current = Value::Object{{"d", 1}}});
  EXPECT_EQ(all.text,
            R"({"success":false,"error":"a","code":"stale","field":"b[0].c","requestId":"",)"
            R"("retryAfterMs":1500,"current":{"d":1}})"
            "\n");
  EXPECT_TRUE(all.text.substr(0, all.request_id_at).ends_with(R"("requestId":")"));
}

TEST(Envelope, a_client_reads_both_and_the_routers_form) {
  EXPECT_EQ(*parse_envelope(success_body(Value(7), TimePoint{}))->data.as<std::int64_t>(), 7);
  EXPECT_EQ(parse_envelope(error_body({.text = "no", .code = "x"}).text)->error, "no");
  EXPECT_EQ(parse_envelope(R"({"message":"Not Found"})")->error, "Not Found");
}

}  // namespace
}  // namespace gthulhu::wire
