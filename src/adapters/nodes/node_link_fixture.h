// SPDX-License-Identifier: Apache-2.0
//
// For tests: an HttpNodeLink, decision makers for it to reach, and a sink that remembers.
#pragma once

#include <gmock/gmock.h>

#include "adapters/nodes/fake_agent_for_test.h"
#include "adapters/nodes/http_node_link.h"
#include "core/plan/intent_of.h"
#include "tests/fakes/fake_random.h"

namespace gthulhu {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

inline constexpr const char* put_set = "PUT /api/v1/node/intents";
inline constexpr const char* patch_set = "PATCH /api/v1/node/intents";
inline constexpr const char* get_state = "GET /api/v1/node";
inline constexpr const char* get_reports = "GET /api/v1/node/reports";
inline constexpr const char* get_root = "GET /api/v1/intents/merkle";
inline constexpr const char* post_go = "POST /api/v1/intents";
inline constexpr const char* delete_go = "DELETE /api/v1/intents";
inline constexpr const char* post_token = "POST /api/v1/auth/token";

// The time is the real one; what the wall clock shows can be moved.
class MovedClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now()) +
           moved_.load();
  }
  [[nodiscard]] MonotonicTime monotonic() const override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override { return {}; }
  void move(std::chrono::milliseconds by) { moved_ = by; }

 private:
  std::atomic<std::chrono::milliseconds> moved_{std::chrono::milliseconds{0}};
};

// Threads: from anywhere.
class RememberingSink : public LinkSink {
 public:
  struct Trouble {
    Error why;
    Generation held = 0;
  };
  struct Told {
    std::vector<Generation> acknowledged;
    std::vector<Trouble> troubles;
    std::vector<NodeReport> reports;
    int gone = 0;
  };

  explicit RememberingSink(Happenings& happenings) : happenings_(happenings) {}

  void node_acknowledged(const NodeName& node, Generation generation) override {
    note(node, [&](Told& told) { told.acknowledged.push_back(generation); });
  }
  void node_not_reached(const NodeName& node, const Error& why, Generation held) override {
    note(node, [&](Told& told) { told.troubles.push_back({why, held}); });
  }
  void node_gone(const NodeName& node) override {
    note(node, [](Told& told) { ++told.gone; });
  }
  void node_reported(NodeReport report) override {
    const NodeName node = report.node;
    note(node, [&](Told& told) { told.reports.push_back(std::move(report)); });
  }

  Told of(const NodeName& node) {
    const std::lock_guard lock(mutex_);
    return told_[node];
  }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  template <class Note>
  void note(const NodeName& node, const Note& note) {
    {
      const std::lock_guard lock(mutex_);
      note(told_[node]);
    }
    ++calls_;
    happenings_.note();
  }

  Happenings& happenings_;
  std::mutex mutex_;  // guards told_
  std::map<NodeName, Told> told_;
  std::atomic<int> calls_{0};
};

class NodeLinkTest : public testing::Test {
 protected:
  NodeLinkTest() {
    settings_.pace.request = 5s;
    settings_.pace.beat = 60s;  // tests that want one say so
    settings_.pace.reports = 100ms;
    settings_.pace.apart = 5ms;
    settings_.report = [this](const Error& error) {
      ADD_FAILURE() << error.text();
      happenings().note();
    };
  }

  void connect() {
    link_ = HttpNodeLink::create(clock_, random_, settings_).value();
    link_->agents_are(addresses());
    link_->connect(sink_);
  }
  void TearDown() override { link_.reset(); }

  FakeAgent& add_agent(const NodeName& name) {
    return *agents_.emplace(name, std::make_unique<FakeAgent>(host_, name)).first->second;
  }
  [[nodiscard]] AgentDirectory::Agents addresses() const {
    AgentDirectory::Agents all;
    for (const auto& [name, agent] : agents_) all.emplace(name, agent->address());
    return all;
  }

  // `strategies` for each of `pods` pods.
  static NodeLink::Intents intents(Generation generation, int pods, int strategies = 1) {
    auto wanted = std::make_shared<NodeIntents>();
    wanted->generation = generation;
    for (int pod = 0; pod < pods; ++pod) {
      for (int i = 0; i < strategies; ++i) wanted->intents.push_back(intent(pod, strategy(i)));
    }
    return wanted;
  }
  static Strategy strategy(int number) {
    Strategy strategy;
    strategy.id = StrategyId("64b00000000000000000000" + std::to_string(number));
    strategy.command = CommandPattern::parse("command-" + std::to_string(number)).value();
    strategy.priority = Priority::clamp(number + 1);
    strategy.slice = Slice::clamp(2'000'000);
    return strategy;
  }
  static Intent intent(int pod, const Strategy& strategy) {
    const std::string name = "pod-" + std::to_string(pod);
    return intent_of(strategy, Pod{.uid = PodUid("uid-" + name),
                                   .name = name,
                                   .name_space = Namespace("core"),
                                   .node = NodeName("n1"),
                                   .labels = {{"app", "upf"}},
                                   .containers = {{"main", "c0ffee"}},
                                   .cgroup_path = {}});
  }

  void want(const NodeLink::Intents& wanted) { link_->want(n1_, wanted); }
  template <class Condition>
  bool comes(const Condition& condition, std::chrono::milliseconds patience = 10s) {
    return happenings().comes(condition, patience);
  }
  bool is_acknowledged(Generation generation) { return is_acknowledged(n1_, generation); }
  bool is_acknowledged(const NodeName& node, Generation generation) {
    return comes([&] {
      const auto told = sink_.of(node).acknowledged;
      return !told.empty() && told.back() == generation;
    });
  }
  // The troubles of n1, once there are so many.
  std::vector<RememberingSink::Trouble> troubles(std::size_t count) {
    EXPECT_TRUE(comes([&] { return sink_.of(n1_).troubles.size() >= count; }));
    auto told = sink_.of(n1_).troubles;
    if (told.size() < count) told.resize(count);
    return told;
  }
  // Once it has asked so often more, whatever was to come before has come.
  bool asks_again(FakeAgent& agent, const std::string& what, std::size_t times) {
    const std::size_t before = agent.count(what);
    return comes([&] { return agent.count(what) >= before + times; });
  }

  Happenings& happenings() { return host_.happenings; }

  const NodeName n1_{"n1"};
  const NodeName n2_{"n2"};
  MovedClock clock_;
  FakeRandom random_{1};
  AgentHost host_;
  RememberingSink sink_{host_.happenings};
  std::map<NodeName, std::unique_ptr<FakeAgent>> agents_;
  HttpNodeLink::Settings settings_;
  std::unique_ptr<HttpNodeLink> link_;
};

}  // namespace gthulhu
