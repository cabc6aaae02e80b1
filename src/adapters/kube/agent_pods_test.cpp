// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/agent_pods.h"

#include <gmock/gmock.h>

namespace gthulhu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

wire::KubePod agent(const std::string& uid, const std::string& node, ResourceVersion version) {
  wire::KubePod pod;
  pod.meta.uid = uid;
  pod.meta.version = version;
  pod.meta.name_space = Namespace("gthulhu-system");
  pod.meta.labels = {{"app", "decisionmaker"}};
  pod.node = NodeName(node);
  pod.ip = "10.0.0." + std::to_string(version);
  pod.is_running = true;
  pod.is_ready = true;
  return pod;
}

AgentAddress address(const std::string& uid, ResourceVersion version) {
  return {"10.0.0." + std::to_string(version), 8080, uid};
}

TEST(AgentPods, a_running_pod_with_the_label_is_its_nodes_decision_maker) {
  AgentPods pods({});
  EXPECT_TRUE(pods.changed(agent("a", "node-1", 1)));
  EXPECT_TRUE(pods.changed(agent("b", "node-2", 2)));
  EXPECT_THAT(pods.agents(), ElementsAre(Pair(NodeName("node-1"), address("a", 1)),
                                         Pair(NodeName("node-2"), address("b", 2))));
  EXPECT_TRUE(pods.gone("a"));
  EXPECT_THAT(pods.agents(), ElementsAre(Pair(NodeName("node-2"), address("b", 2))));
}

TEST(AgentPods, a_pod_of_another_namespace_is_none_whatever_its_label) {
  AgentPods pods({});
  wire::KubePod impostor = agent("a", "node-1", 1);
  impostor.meta.name_space = Namespace("shop");
  EXPECT_FALSE(pods.changed(impostor));
  EXPECT_THAT(pods.agents(), IsEmpty());
}

TEST(AgentPods, a_pod_that_is_not_placed_or_does_not_run_is_none) {
  AgentPods pods({});
  wire::KubePod waiting = agent("a", "node-1", 1);
  waiting.is_running = false;
  EXPECT_FALSE(pods.changed(waiting));
  wire::KubePod without_address = agent("b", "node-1", 1);
  without_address.ip.clear();
  EXPECT_FALSE(pods.changed(without_address));
  EXPECT_FALSE(pods.changed(agent("c", "", 1)));
  EXPECT_THAT(pods.agents(), IsEmpty());
}

TEST(AgentPods, the_node_of_one_that_does_not_run_yet_is_known) {
  AgentPods pods({});
  wire::KubePod starting = agent("a", "node-1", 1);
  starting.is_running = false;
  pods.changed(starting);
  EXPECT_EQ(pods.node_of("a"), NodeName("node-1"));
  EXPECT_EQ(pods.node_of("b"), std::nullopt);
  starting.is_finished = true;
  pods.changed(starting);
  EXPECT_EQ(pods.node_of("a"), std::nullopt);
}

TEST(AgentPods, one_that_stopped_running_is_one_no_more) {
  AgentPods pods({});
  pods.changed(agent("a", "node-1", 1));
  wire::KubePod finished = agent("a", "node-1", 2);
  finished.is_running = false;
  EXPECT_TRUE(pods.changed(finished));
  EXPECT_THAT(pods.agents(), IsEmpty());
}

TEST(AgentPods, a_change_that_concerns_nobody_is_none) {
  AgentPods pods({});
  pods.changed(agent("a", "node-1", 1));
  wire::KubePod again = agent("a", "node-1", 1);
  again.meta.version = 9;
  EXPECT_FALSE(pods.changed(again));
}

TEST(AgentPods, of_two_on_a_node_the_one_that_stays_is_chosen) {
  AgentPods pods({});
  wire::KubePod old = agent("a", "node-1", 1);
  pods.changed(old);
  wire::KubePod successor = agent("b", "node-1", 5);
  successor.is_ready = false;
  pods.changed(successor);
  EXPECT_THAT(pods.agents(), ElementsAre(Pair(NodeName("node-1"), address("a", 1))));
  old.is_being_deleted = true;
  pods.changed(old);
  EXPECT_THAT(pods.agents(), ElementsAre(Pair(NodeName("node-1"), address("b", 5))));
  // And of two that are ready the newer.
  pods.changed(agent("c", "node-1", 7));
  successor.is_ready = true;
  pods.changed(successor);
  EXPECT_THAT(pods.agents(), ElementsAre(Pair(NodeName("node-1"), address("c", 7))));
}

TEST(AgentPods, the_port_is_chosen_as_the_go_manager_does) {
  EXPECT_EQ(agent_port({}), 8080);
  EXPECT_EQ(agent_port({{"", 9000}}), 9000);
  EXPECT_EQ(agent_port({{"metrics", 9100}, {"probe", 8088}}), 8080);
  EXPECT_EQ(agent_port({{"metrics", 9100}, {"other", 7000}}), 7000);
  EXPECT_EQ(agent_port({{"other", 7000}, {"metrics", 9100}, {"sidecar", 8081}}), 8081);
}

}  // namespace
}  // namespace gthulhu
