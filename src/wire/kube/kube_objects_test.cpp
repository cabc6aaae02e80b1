// SPDX-License-Identifier: Apache-2.0
#include "wire/kube/kube_objects.h"

#include <gmock/gmock.h>

namespace gthulhu::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view running = R"({
  "metadata": {"name": "upf-0", "namespace": "core", "uid": "0f1c", "resourceVersion": "812",
    "labels": {"app": "upf", "tier": ""}, "managedFields": [{"manager": "kubelet"}]},
  "spec": {"nodeName": "node-1", "serviceAccountName": "upf",
    "initContainers": [{"name": "prepare", "ports": [{"containerPort": 1}]}],
    "containers": [{"name": "upf", "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9}]},
                   {"name": "side"}],
    "ephemeralContainers": [{"name": "debug"}]},
  "status": {"phase": "Running", "podIP": "10.0.0.7",
    "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
    "initContainerStatuses": [{"name": "prepare", "containerID": "containerd://aa"}],
    "containerStatuses": [{"name": "upf", "containerID": "containerd://bb"}, {"name": "side"}],
    "ephemeralContainerStatuses": [{"name": "debug", "containerID": "cri-o://cc"}]}})";

TEST(KubeObjects, of_a_pod_what_is_used_is_kept) {
  const Result<KubePod> decoded = decode_kube_object<KubePod>(running);
  ASSERT_TRUE(decoded) << decoded.error().text();
  const KubePod& pod = *decoded;
  EXPECT_EQ(pod.meta.uid, "0f1c");
  EXPECT_EQ(pod.uid, PodUid("0f1c"));
  EXPECT_EQ(pod.meta.version, 812U);
  EXPECT_EQ(pod.meta.name, "upf-0");
  EXPECT_EQ(pod.meta.name_space, Namespace("core"));
  EXPECT_THAT(pod.meta.labels, ElementsAre(Pair("app", "upf"), Pair("tier", "")));
  EXPECT_EQ(pod.node, NodeName("node-1"));
  EXPECT_EQ(pod.service_account, "upf");
  EXPECT_EQ(pod.ip, "10.0.0.7");
  EXPECT_THAT(pod.containers, ElementsAre(Container{"prepare", "aa"}, Container{"upf", "bb"},
                                          Container{"side", ""}, Container{"debug", "cc"}));
  EXPECT_THAT(pod.ports, ElementsAre(KubePort{"http", 8080}, KubePort{"", 9}));
  EXPECT_TRUE(pod.is_running);
  EXPECT_TRUE(pod.is_ready);
  EXPECT_FALSE(pod.is_finished);
  EXPECT_FALSE(pod.is_being_deleted);
}

TEST(KubeObjects, a_pod_that_waits_for_its_node_has_little) {
  const auto pod = decode_kube_object<KubePod>(
      R"({"metadata":{"uid":"a","resourceVersion":"1","labels":null},"spec":{"containers":[]},
          "status":{"phase":"Pending"}})");
  ASSERT_TRUE(pod) << pod.error().text();
  EXPECT_EQ(pod->node, NodeName());
  EXPECT_FALSE(pod->is_running || pod->is_ready || pod->is_finished);
  EXPECT_THAT(pod->containers, IsEmpty());
}

TEST(KubeObjects, succeeded_and_failed_pods_are_finished) {
  for (const std::string phase : {"Succeeded", "Failed"}) {
    const auto pod = decode_kube_object<KubePod>(
        R"({"metadata":{"uid":"a","resourceVersion":"1"},"status":{"phase":")" + phase + R"("}})");
    ASSERT_TRUE(pod);
    EXPECT_TRUE(pod->is_finished) << phase;
  }
}

TEST(KubeObjects, a_static_pod_has_the_uid_that_its_cgroup_has) {
  const auto pod = decode_kube_object<KubePod>(
      R"({"metadata":{"uid":"a","resourceVersion":"1","annotations":{
          "kubernetes.io/config.hash":"31e4","kubernetes.io/config.mirror":"31e4"}}})");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->uid, PodUid("31e4"));
  EXPECT_EQ(pod->meta.uid, "a");
}

TEST(KubeObjects, a_node_is_ready_or_not_or_does_not_say) {
  const auto ready = [](const std::string& status) {
    const auto node = decode_kube_object<KubeNode>(
        R"({"metadata":{"name":"n","uid":"a","resourceVersion":"1"},"status":{"conditions":[
            {"type":"MemoryPressure","status":"False"},{"type":"Ready","status":")" +
        status + R"("}]}})");
    return node ? node->is_ready : std::nullopt;
  };
  EXPECT_EQ(ready("True"), true);
  EXPECT_EQ(ready("False"), false);
  EXPECT_EQ(ready("Unknown"), std::nullopt);
}

TEST(KubeObjects, what_is_not_an_object_of_an_api_server_is_corrupt) {
  for (const std::string_view text : {
           "",
           "{",
           "[]",
           R"({"metadata":{}})",
           R"({"metadata":{"uid":"a"}})",
           R"({"metadata":{"uid":"a","resourceVersion":"x1"}})",
           R"({"metadata":{"uid":"a","resourceVersion":1}})",
           R"({"metadata":{"uid":"a","resourceVersion":"1","labels":{"a":1}}})",
           R"({"metadata":{"uid":"a","resourceVersion":"1"},"spec":[]})",
           R"({"metadata":{"uid":"a","resourceVersion":"1"},"spec":{"containers":{}}})",
       }) {
    const auto pod = decode_kube_object<KubePod>(text);
    ASSERT_FALSE(pod) << text;
    EXPECT_EQ(pod.error().code, Errc::corrupt) << text;
  }
}

TEST(KubeObjects, events_say_what_became_of_an_object) {
  using Event = KubeEvent<KubeNamespace>;
  const auto event = [](const std::string& type) {
    return decode_kube_event<KubeNamespace>(
        R"({"type":")" + type + R"(","object":{"metadata":{"uid":"a","resourceVersion":"9"}}})");
  };
  EXPECT_EQ(event("ADDED")->type, Event::Type::changed);
  EXPECT_EQ(event("MODIFIED")->type, Event::Type::changed);
  EXPECT_EQ(event("DELETED")->type, Event::Type::deleted);
  EXPECT_EQ(event("DELETED")->object.meta.uid, "a");
  EXPECT_EQ(event("RENAMED").error().code, Errc::corrupt);
}

TEST(KubeObjects, a_bookmark_has_a_version_and_no_uid) {
  const auto event = decode_kube_event<KubePod>(
      R"({"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"77"}}})");
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->type, KubeEvent<KubePod>::Type::bookmark);
  EXPECT_EQ(event->object.meta.version, 77U);
}

TEST(KubeObjects, an_error_event_has_what_the_server_says) {
  const auto event = decode_kube_event<KubePod>(
      R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})");
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->type, KubeEvent<KubePod>::Type::error);
  EXPECT_EQ(event->status.code, 410);
  EXPECT_EQ(event->status.reason, "Expired");
  EXPECT_EQ(event->status.message, "too old");
}

TEST(KubeObjects, a_status_says_when_to_come_again) {
  const KubeStatus status = decode_kube_status(
      R"({"kind":"Status","message":"Too large resource version: 9, current: 7","reason":"Timeout",
          "details":{"causes":[{"reason":"ResourceVersionTooLarge"}],"retryAfterSeconds":1},"code":504})");
  EXPECT_TRUE(status.is_version_too_large);
  EXPECT_EQ(status.retry_after, std::chrono::seconds(1));
  EXPECT_EQ(status.code, 504);
}

TEST(KubeObjects, a_refusal_that_is_no_status_is_its_first_words) {
  EXPECT_EQ(decode_kube_status("upstream is down\n").message, "upstream is down\n");
  EXPECT_EQ(decode_kube_status(std::string(1'000, 'a')).message.size(), 300U);
  EXPECT_THAT(decode_kube_status(R"({"a":1})").message, HasSubstr("a"));
}

TEST(KubeObjects, a_lists_own_part_says_how_it_goes_on) {
  const auto meta = decode_kube_list_meta(
      R"({"kind":"PodList","metadata":{"resourceVersion":"5","continue":"abc"},"items":[]})");
  ASSERT_TRUE(meta) << meta.error().text();
  EXPECT_EQ(meta->version, 5U);
  EXPECT_EQ(meta->continue_token, "abc");
  EXPECT_FALSE(decode_kube_list_meta(R"({"kind":"Pod","metadata":{"resourceVersion":"5"}})"));
}

}  // namespace
}  // namespace gthulhu::wire
