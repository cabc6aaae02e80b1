// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kube_workloads.h"

#include <gmock/gmock.h>

#include <set>

#include "adapters/kube/scripted_server_for_test.h"
#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using Uids = std::set<std::string>;

constexpr const char* pods = "/api/v1/pods";
constexpr const char* too_old = R"({"type":"ERROR","object":{"code":410}})"
                                "\n";

// `file` is the hash of the file that declares a static pod.
std::string pod(const std::string& uid,
                ResourceVersion version,
                const std::string& phase = "Running",
                const std::string& file = "") {
  std::string annotations;
  if (!file.empty()) {
    annotations = R"(,"annotations":{"kubernetes.io/config.mirror":")" + file +
                  R"(","kubernetes.io/config.hash":")" + file + R"("})";
  }
  return R"({"metadata":{"uid":")" + uid + R"(","resourceVersion":")" + std::to_string(version) +
         R"(")" + annotations + R"(},"status":{"phase":")" + phase + R"("}})";
}

std::string pod_list(const std::string& items, ResourceVersion version) {
  return R"({"kind":"PodList","metadata":{"resourceVersion":")" + std::to_string(version) +
         R"("},"items":[)" + items + "]}";
}

std::string modified(const std::string& object) {
  return R"({"type":"MODIFIED","object":)" + object + "}\n";
}

class KubeWorkloadsTest : public testing::Test,
                          public PodSink,
                          public AgentDirectory,
                          public WatchObserver {
 protected:
  KubeWorkloadsTest() {
    KubeWorkloads::Settings settings;
    settings.pace.apart = 20ms;
    workloads_ = std::make_unique<KubeWorkloads>(ListWatch::Parts{clock_, random_, access_, *this},
                                                 *this, settings);
  }
  void TearDown() override { workloads_->stop(); }

  void begin() { ASSERT_TRUE(workloads_->start(*this)); }
  // What the sink believes after `lists` whole lists.
  bool believes(const Uids& uids, int lists) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return lists_ >= lists && uids_ == uids; });
  }

  void pods_are(std::vector<Pod> /*pods*/) override {}
  void pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) override {
    const std::lock_guard lock(mutex_);
    for (const PodUid& uid : removed) uids_.erase(uid.str());
    for (const Pod& one : changed) uids_.insert(one.uid.str());
    changed_.notify_all();
  }
  void pods_are_all() override {
    const std::lock_guard lock(mutex_);
    ++lists_;
    changed_.notify_all();
  }
  void nodes_are(std::map<NodeName, NodeFact> nodes) override {
    const std::lock_guard lock(mutex_);
    nodes_.push_back(std::move(nodes));
    changed_.notify_all();
  }
  void agents_are(Agents /*agents*/) override {}
  void fell_behind(const std::string& /*resource*/, const Error& /*why*/) override {}
  void is_current(const std::string& /*resource*/, std::size_t /*objects*/) override {}
  void lost_events(const std::string& /*resource*/, std::size_t /*count*/) override {}

  std::mutex mutex_;  // guards what follows, up to nodes_
  std::condition_variable changed_;
  Uids uids_;
  int lists_ = 0;
  std::vector<std::map<NodeName, NodeFact>> nodes_;

  RealClock clock_;
  FakeRandom random_{1};
  ScriptedServer server_;
  ScriptedAccess access_{server_.url()};
  std::unique_ptr<KubeWorkloads> workloads_;
};

TEST_F(KubeWorkloadsTest,
       pods_that_have_finished_are_gone_also_when_that_comes_with_a_change_before) {
  server_.answer(pod_list(pod("a", 1) + "," + pod("b", 2) + "," + pod("c", 3, "Failed"), 7), pods);
  server_.answer(
      modified(pod("a", 8)) + modified(pod("a", 9, "Succeeded")) + modified(pod("d", 10)), pods);
  begin();
  EXPECT_TRUE(believes({"b", "d"}, 1));
}

TEST_F(KubeWorkloadsTest, a_static_pod_stays_when_another_object_takes_the_place_of_its_first) {
  server_.answer(pod_list(pod("a", 1, "Running", "file"), 7), pods);
  server_.answer(too_old, pods);
  server_.answer(pod_list(pod("b", 8, "Running", "file"), 9), pods);
  begin();
  EXPECT_TRUE(believes({"file"}, 2));
  server_.answer(R"({"type":"DELETED","object":)" + pod("b", 10, "Running", "file") + "}\n", pods);
  EXPECT_TRUE(believes({}, 2));
}

TEST_F(KubeWorkloadsTest, a_node_stays_when_it_is_registered_anew_under_its_name) {
  const auto nodes = [](const std::string& uid, ResourceVersion version) {
    return R"({"kind":"NodeList","metadata":{"resourceVersion":")" + std::to_string(version) +
           R"("},"items":[{"metadata":{"uid":")" + uid + R"(","name":"n1","resourceVersion":")" +
           std::to_string(version) + R"("}}]})";
  };
  server_.answer(nodes("a", 7));
  server_.answer(too_old);
  server_.answer(nodes("b", 9));
  begin();
  server_.asked(4);  // the watch after the second list
  const std::lock_guard lock(mutex_);
  ASSERT_FALSE(nodes_.empty());
  EXPECT_TRUE(nodes_.back().contains(NodeName("n1")));
}

}  // namespace
}  // namespace gthulhu
