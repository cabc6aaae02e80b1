// SPDX-License-Identifier: Apache-2.0
//
// The fakes that have no contract suite of their own keep the promises of their ports.
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/fakes/fake_node_link.h"
#include "tests/fakes/fake_processes.h"
#include "tests/fakes/fake_workloads.h"

namespace gthulhu {
namespace {

NodeIntents numbered(Generation generation) {
  return {generation, std::vector<Intent>(generation)};
}

TEST(FakeClock, both_clocks_advance_and_only_the_wall_clock_is_set) {
  FakeClock clock;
  const TimePoint then = clock.now();
  const MonotonicTime started = clock.monotonic();

  clock.advance(std::chrono::seconds{5});
  EXPECT_EQ(clock.now(), then + std::chrono::seconds{5});
  EXPECT_EQ(clock.monotonic(), started + std::chrono::seconds{5});

  clock.set(then);
  EXPECT_EQ(clock.now(), then);
  EXPECT_EQ(clock.monotonic(), started + std::chrono::seconds{5});
}

struct RecordingLinkSink : LinkSink {
  std::map<NodeName, Generation> acknowledged;
  std::map<NodeName, Errc> failures;
  void node_reported(NodeReport /*report*/) override {}
  void node_acknowledged(const NodeName& node, Generation generation) override {
    acknowledged[node] = generation;
  }
  void node_not_reached(const NodeName& node, const Error& why, Generation /*held*/) override {
    failures[node] = why.code;
  }
  void node_gone(const NodeName& /*node*/) override {}
};

TEST(FakeNodeLink, a_node_holds_the_newest_unless_it_is_down) {
  FakeNodeLink link;
  RecordingLinkSink sink;
  link.connect(sink);
  link.down = {NodeName("b")};
  const auto want = [&](const char* node, Generation generation) {
    link.want(NodeName(node), std::make_shared<const NodeIntents>(numbered(generation)));
  };
  want("a", 2);
  want("b", 2);
  EXPECT_EQ(sink.acknowledged, (std::map<NodeName, Generation>{{NodeName("a"), 2}}));
  EXPECT_EQ(sink.failures, (std::map<NodeName, Errc>{{NodeName("b"), Errc::unavailable}}));
  want("a", 1);
  EXPECT_EQ(sink.failures.at(NodeName("a")), Errc::conflict);
  EXPECT_EQ(link.held.at(NodeName("a")), numbered(2));
  EXPECT_FALSE(link.held.contains(NodeName("b")));
  link.bring_up(NodeName("b"));
  EXPECT_EQ(sink.acknowledged.at(NodeName("b")), 2u);
}

TEST(FakeEnforcer, every_call_brings_the_whole_set_and_restoring_ends_it) {
  FakeEnforcer enforcer;
  enforcer.degraded[1] = "clamped";
  PodDecisions wanted;
  wanted.processes.resize(2);
  wanted.processes[1].intent = 1;

  const auto outcomes = enforcer.enforce({wanted}).value();
  EXPECT_EQ(
      outcomes,
      Outcomes{(PodOutcomes{{0, Enforced::verified, ""}, {1, Enforced::degraded, "clamped"}})});
  EXPECT_EQ(enforcer.status().tasks, 2u);

  ASSERT_TRUE(enforcer.restore_all().has_value());
  EXPECT_EQ(enforcer.in_force, Decisions{});
}

TEST(FakeProcesses, gives_what_runs_in_the_pods_that_were_asked_for) {
  FakeProcesses processes;
  processes.running = {{PodCgroup{PodUid("a"), "/a"}, {}}, {PodCgroup{PodUid("b"), "/b"}, {}}};

  const RunningPods found = **processes.of(std::set{PodUid("b"), PodUid("c")});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->pod(), PodUid("b"));
  EXPECT_EQ(processes.all().value().size(), 2u);
}

struct RecordingSink : PodSink {
  std::map<PodUid, Pod> pods;
  void pods_are_all() override {}
  void nodes_are(std::map<NodeName, NodeFact> /*nodes*/) override {}
  void pods_are(std::vector<Pod> all) override {
    pods.clear();
    pods_changed(std::move(all), {});
  }
  void pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) override {
    for (Pod& pod : changed) pods.insert_or_assign(pod.uid, pod);
    for (const PodUid& uid : removed) pods.erase(uid);
  }
};

TEST(FakeWorkloads, the_sink_hears_of_pods_between_start_and_stop) {
  const auto pod = [](const char* uid) {
    Pod made;
    made.uid = PodUid(uid);
    return made;
  };
  FakeWorkloads workloads({pod("a")});
  RecordingSink sink;
  workloads.put(pod("b"));
  ASSERT_TRUE(workloads.start(sink).has_value());
  EXPECT_EQ(sink.pods.size(), 2u);

  workloads.put(pod("c"));
  workloads.remove(PodUid("a"));
  EXPECT_TRUE(sink.pods.contains(PodUid("c")));
  EXPECT_FALSE(sink.pods.contains(PodUid("a")));

  workloads.stop();
  workloads.put(pod("d"));
  EXPECT_FALSE(sink.pods.contains(PodUid("d")));
}

}  // namespace
}  // namespace gthulhu
