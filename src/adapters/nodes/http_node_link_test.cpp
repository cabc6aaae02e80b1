// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/http_node_link.h"

#include <thread>

#include "adapters/nodes/node_link_fixture.h"

namespace gthulhu {
namespace {

class HttpNodeLinkTest : public NodeLinkTest {
 protected:
  static RunningPods two_pods() {
    const auto process = [](pid_t number) {
      Process process;
      process.id.tid = number;
      process.parent = 1;
      process.comm = "nr-gnb";
      process.container_id = "c0ffee";
      return process;
    };
    RunningPods pods;
    for (const std::string uid : {"uid-1", "uid-2"}) {
      PodProcesses pod;
      pod.cgroup = PodCgroup{PodUid(uid), ""};
      pod.processes.emplace_back(process(10));
      pods.emplace_back(pod);
    }
    return pods;
  }

  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(HttpNodeLinkTest, says_what_runs_on_a_node) {
  agent_.run_pods(two_pods());
  connect();
  const auto running = link_->processes(n1_);
  ASSERT_TRUE(running) << running.error().text();
  EXPECT_EQ(*running, two_pods());
}

TEST_F(HttpNodeLinkTest, says_what_runs_while_a_delivery_hangs) {
  connect();
  agent_.hang();
  want(intents(7, 1));
  std::thread releasing([&] {
    EXPECT_TRUE(comes([&] { return agent_.count("GET /api/v1/pods/pids") == 1; }));
    agent_.go_on();
  });
  EXPECT_TRUE(link_->processes(n1_));
  releasing.join();
}

TEST_F(HttpNodeLinkTest, says_why_it_cannot_say_what_runs) {
  settings_.pace.request = 100ms;
  connect();
  EXPECT_EQ(link_->processes(n2_).error().code, Errc::not_found);
  agent_.refuse("GET /api/v1/pods/pids", 500, "Failed to retrieve pod information");
  const auto failed = link_->processes(n1_);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("Failed to retrieve pod information"));
  agent_.answer("GET /api/v1/pods/pids", 200, R"({"success":true,"data":{"pods":7}})");
  EXPECT_FALSE(link_->processes(n1_));
  agent_.hang();
  EXPECT_EQ(link_->processes(n1_).error().code, Errc::timeout);
  agent_.stop();
  EXPECT_EQ(link_->processes(n1_).error().code, Errc::unavailable);
  link_->disconnect();
  EXPECT_EQ(link_->processes(n1_).error().code, Errc::unavailable);
}

TEST_F(HttpNodeLinkTest, disconnects_at_once_whatever_hangs_and_calls_nobody_afterwards) {
  for (int i = 0; i < 5; ++i) add_agent(NodeName("node-" + std::to_string(i)));
  connect();
  for (const auto& [node, agent] : agents_) link_->want(node, intents(7, 3));
  for (const auto& [node, agent] : agents_) ASSERT_TRUE(is_acknowledged(node, 7));
  for (const auto& [node, agent] : agents_) agent->hang();
  for (const auto& [node, agent] : agents_) link_->want(node, intents(8, 4));
  for (const auto& [node, agent] : agents_) {
    ASSERT_TRUE(comes([&] { return agent->count(patch_set) == 1; }));
  }
  std::thread asking([&] { EXPECT_EQ(link_->processes(n1_).error().code, Errc::unavailable); });
  ASSERT_TRUE(comes([&] { return agent_.count("GET /api/v1/pods/pids") == 1; }));
  const auto began = std::chrono::steady_clock::now();
  link_->disconnect();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  const int calls = sink_.calls();
  asking.join();
  for (const auto& [node, agent] : agents_) agent->go_on();
  for (const auto& [node, agent] : agents_) {
    ASSERT_TRUE(comes([&] { return agent->held().generation == 8; }));
  }
  want(intents(9, 5));  // to nobody
  EXPECT_EQ(sink_.calls(), calls);
}

TEST_F(HttpNodeLinkTest, connects_again_after_it_was_disconnected) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  link_->disconnect();
  link_->disconnect();
  RememberingSink second(host_.happenings);
  link_->connect(second);
  want(intents(8, 3));
  ASSERT_TRUE(comes([&] { return !second.of(n1_).acknowledged.empty(); }));
  link_->disconnect();
  EXPECT_THAT(second.of(n1_).acknowledged, ElementsAre(8));
  EXPECT_THAT(sink_.of(n1_).acknowledged, ElementsAre(7));
}

TEST_F(HttpNodeLinkTest, the_last_word_on_agents_counts_also_while_it_connects) {
  link_ = HttpNodeLink::create(clock_, random_, settings_).value();
  for (int i = 0; i < 50; ++i) {
    link_->agents_are({});
    std::thread directory([&] { link_->agents_are(addresses()); });
    link_->connect(sink_);
    directory.join();
    EXPECT_TRUE(link_->processes(n1_)) << i;
    link_->disconnect();
  }
}

}  // namespace
}  // namespace gthulhu
