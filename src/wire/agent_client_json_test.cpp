// SPDX-License-Identifier: Apache-2.0
#include "wire/agent_client_json.h"

#include <gmock/gmock.h>

#include "wire/agent_json.h"

namespace gthulhu::wire {
namespace {

TEST(AgentClientJson, a_go_decision_maker_gets_the_fields_it_knows_and_no_others) {
  Intent intent;
  intent.id = IntentId("7c21");
  intent.pod = PodUid("0f1c");
  intent.pod_name = "upf-0";
  intent.node = NodeName("node-1");
  intent.name_space = Namespace("core");
  intent.priority = Priority::clamp(5);
  intent.pod_labels = PackedLabels(Labels{{"app", "upf"}});
  EXPECT_EQ(to_text(encode_go_intents({intent})),
            R"({"intents":[{"podName":"upf-0","podID":"0f1c","nodeID":"node-1",)"
            R"("k8sNamespace":"core","commandRegex":"","priority":5,"executionTime":0,)"
            R"("podLabels":{"app":"upf"}}]})");
}

TEST(AgentClientJson, processes_come_back_as_they_were_sent) {
  PodProcesses pod;
  pod.cgroup = PodCgroup{PodUid("0f1c"), ""};
  Process process;
  process.id.tid = 7;
  process.parent = 1;
  process.comm = "nginx";
  process.container_id = std::string("4f6e");
  pod.processes.emplace_back(process);
  const RunningPods pods{pod};
  const auto decoded = decode_pod_processes(encode_pod_processes(pods, NodeName("n"), {}));
  ASSERT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(*decoded, pods);
}

TEST(AgentClientJson, what_no_decision_maker_says_is_refused_with_its_place) {
  const auto error_of = [](std::string_view text) {
    const auto decoded = decode_pod_processes(*parse_json(text));
    return decoded ? std::string() : decoded.error().field;
  };
  EXPECT_EQ(error_of(R"({"pods":[{"processes":[]}]})"), "pods[0].pod_uid");
  EXPECT_EQ(error_of(R"({"pods":[{"pod_uid":"a","processes":[{"pid":-1}]}]})"),
            "pods[0].processes[0].pid");
  EXPECT_EQ(error_of(R"({"pods":[{"pod_uid":"a","processes":[{"pid":99999999999}]}]})"),
            "pods[0].processes[0].pid");
}

TEST(AgentClientJson, a_token_has_a_text_and_an_end) {
  const auto token =
      decode_given_token(*parse_json(R"({"token":"a.b.c","expired_at":1764000000})"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->text, "a.b.c");
  EXPECT_EQ(token->expires, TimePoint(std::chrono::seconds(1764000000)));
  EXPECT_FALSE(decode_given_token(*parse_json(R"({"expired_at":1})")));
  EXPECT_TRUE(decode_given_token(*parse_json(R"({"token":"a","expired_at":9223372036854775807})")));
}

}  // namespace
}  // namespace gthulhu::wire
