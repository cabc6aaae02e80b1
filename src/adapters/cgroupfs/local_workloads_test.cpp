// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/local_workloads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

const NodeName node("n1");

// What a listener that only hears of changes believes.
class HeardPods : public PodSink {
 public:
  void pods_are_all() override {}
  void nodes_are(std::map<NodeName, NodeFact> /*nodes*/) override {}
  void pods_are(std::vector<Pod> pods) override {
    const std::lock_guard lock(mutex_);
    ++whole_lists_;
    pods_.clear();
    for (Pod& pod : pods) pods_[pod.uid] = pod;
    heard_.notify_all();
  }
  void pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) override {
    const std::lock_guard lock(mutex_);
    for (Pod& pod : changed) pods_[pod.uid] = pod;
    for (const PodUid& uid : removed) unknown_removed_ += pods_.erase(uid) == 0 ? 1 : 0;
    ++changes_;
    heard_.notify_all();
  }

  // Of the pod in this cgroup, once there is one with these labels.
  bool hears_of(const std::string& path, const Labels& labels) {
    return waits_for([&] {
      return std::ranges::any_of(pods_, [&](const auto& entry) {
        return entry.second.cgroup_path == path && entry.second.labels == labels;
      });
    });
  }
  bool hears_the_end_of(const std::string& path) {
    return waits_for([&] {
      return std::ranges::none_of(
          pods_, [&](const auto& entry) { return entry.second.cgroup_path == path; });
    });
  }
  bool has_begun() {
    return waits_for([&] { return whole_lists_ == 1; });
  }
  int changes() {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  int whole_lists() {
    const std::lock_guard lock(mutex_);
    return whole_lists_;
  }
  int unknown_removed() {
    const std::lock_guard lock(mutex_);
    return unknown_removed_;
  }

 private:
  bool waits_for(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, 10s, holds);
  }

  std::mutex mutex_;
  std::condition_variable heard_;
  std::map<PodUid, Pod> pods_;
  int whole_lists_ = 0;
  int changes_ = 0;
  int unknown_removed_ = 0;
};

bool is_emulated() {
  std::ifstream file("/proc/cpuinfo");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return text.find("QEMU TCG CPU") != std::string::npos;
}

class LocalWorkloadsTest : public RealCgroupTest {
 protected:
  void open(CgroupTree::Settings settings = {}) {
    auto tree = CgroupTree::open(clock_, hierarchy_, node, settings);
    ASSERT_TRUE(tree.has_value()) << tree.error().text();
    tree_ = std::move(*tree);
    workloads_ = std::make_unique<LocalWorkloads>(clock_, *tree_);
  }
  void start() {
    ASSERT_TRUE(workloads_->start(heard_).has_value());
    ASSERT_TRUE(heard_.has_begun());
  }
  void TearDown() override {
    workloads_.reset();
    tree_.reset();
    RealCgroupTest::TearDown();
  }

  SteadyClock clock_;
  HeardPods heard_;
  std::unique_ptr<CgroupTree> tree_;
  std::unique_ptr<LocalWorkloads> workloads_;
};

TEST_F(LocalWorkloadsTest, tells_all_once_and_then_what_changes) {
  make("/system.slice");
  make("/system.slice/a.service");
  open();
  start();
  const Labels unit{{"systemd.unit", "a.service"}, {"systemd.slice", "system.slice"}};
  EXPECT_TRUE(heard_.hears_of("/system.slice/a.service", unit));
  EXPECT_EQ(heard_.changes(), 0);

  make("/machine.slice");
  const std::string b = make("/machine.slice/b.scope");
  const Labels scope{{"systemd.unit", "b.scope"}, {"systemd.slice", "machine.slice"}};
  EXPECT_TRUE(heard_.hears_of("/machine.slice/b.scope", scope));
  Labels both = scope;
  both["app"] = "web";
  ASSERT_TRUE(write_given_labels(b, {{{"app", "web"}}, ""}).has_value());
  EXPECT_TRUE(heard_.hears_of("/machine.slice/b.scope", both));
  ASSERT_EQ(::rmdir(b.c_str()), 0);
  EXPECT_TRUE(heard_.hears_the_end_of("/machine.slice/b.scope"));
  EXPECT_EQ(heard_.whole_lists(), 1);
  EXPECT_EQ(heard_.unknown_removed(), 0);
}

TEST_F(LocalWorkloadsTest, tells_of_a_new_labelled_cgroup_within_20_ms) {
  make("/gthulhu");
  open();
  start();
  std::vector<std::chrono::steady_clock::duration> delays;
  for (int i = 0; i < 21; ++i) {
    const std::string name = "/gthulhu/w" + std::to_string(i);
    const Labels labels{{"run", std::to_string(i)}};
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(write_given_labels(make(name), {labels, ""}).has_value());
    ASSERT_TRUE(heard_.hears_of(name, labels));
    delays.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::ranges::sort(delays);
  // The median: a busy machine may delay anybody. Emulated instructions take 10 to 30 times as
  // long.
  EXPECT_LT(delays[10], is_emulated() ? 400ms : 20ms);
}

TEST_F(LocalWorkloadsTest, hears_what_somebody_else_took_in_from_the_kernel) {
  make("/gthulhu");
  open();
  start();
  for (int i = 0; i < 20; ++i) {
    const std::string name = "/gthulhu/w" + std::to_string(i);
    ASSERT_TRUE(write_given_labels(make(name), {{}, ""}).has_value());
    // As the node loop does; the events are gone then.
    EXPECT_FALSE(tree_->refresh()->empty());
    ASSERT_TRUE(heard_.hears_of(name, {}));
  }
}

TEST_F(LocalWorkloadsTest, finds_workloads_without_watches_too_and_says_that_it_is_late) {
  make("/gthulhu");
  CgroupTree::Settings settings;
  settings.watches_most = 1;
  settings.rescan_every = 20ms;
  open(settings);
  EXPECT_THAT(tree_->trouble(), ::testing::HasSubstr("only every 20 ms"));
  start();
  ASSERT_TRUE(write_given_labels(make("/gthulhu/w"), {{{"a", "b"}}, ""}).has_value());
  EXPECT_TRUE(heard_.hears_of("/gthulhu/w", {{"a", "b"}}));
  ASSERT_EQ(::rmdir((hierarchy_.root + "/gthulhu/w").c_str()), 0);
  EXPECT_TRUE(heard_.hears_the_end_of("/gthulhu/w"));
}

TEST_F(LocalWorkloadsTest, ends_its_thread_and_is_silent_after_stop) {
  make("/gthulhu");
  open();
  start();
  workloads_->stop();
  ASSERT_TRUE(write_given_labels(make("/gthulhu/w"), {{}, ""}).has_value());
  EXPECT_EQ(tree_->refresh()->size(), 1U);
  EXPECT_EQ(heard_.changes(), 0);
}

TEST(CgroupTree, gives_the_same_view_until_something_changes) {
  const ManualClock clock;
  const TempTree host({{"mine/a/", ""}});
  auto tree = CgroupTree::open(clock, {CgroupVersion::v2, host.root(), false}, node);
  ASSERT_TRUE(tree.has_value());
  const CgroupTree::View first = (*tree)->refresh();
  EXPECT_EQ(first->size(), 1U);
  EXPECT_EQ((*tree)->refresh(), first);
  host.write("mine/b/", "");
  const CgroupTree::View second = (*tree)->refresh();
  EXPECT_EQ(second->size(), 2U);
  EXPECT_EQ(first->size(), 1U);
}

TEST(CgroupTree, rescans_at_its_pace_where_watches_are_short) {
  ManualClock clock;
  const TempTree host({{"mine/a/", ""}});
  CgroupTree::Settings settings;
  settings.watches_most = 1;
  auto tree = CgroupTree::open(clock, {CgroupVersion::v2, host.root(), false}, node, settings);
  ASSERT_TRUE(tree.has_value());
  host.write("mine/b/", "");
  EXPECT_EQ((*tree)->refresh()->size(), 1U);
  clock.advance(999ms);
  EXPECT_EQ((*tree)->refresh()->size(), 1U);
  clock.advance(1ms);
  EXPECT_EQ((*tree)->refresh()->size(), 2U);
}

TEST(CgroupTree, keeps_the_last_view_when_the_hierarchy_goes_and_says_so) {
  ManualClock clock;
  const TempTree host({{"root/mine/a/", ""}});
  auto tree = CgroupTree::open(clock, {CgroupVersion::v2, host.root() + "/root", false}, node);
  ASSERT_TRUE(tree.has_value());
  const CgroupTree::View before = (*tree)->refresh();
  std::filesystem::remove_all(host.root() + "/root");
  clock.advance(31s);
  EXPECT_EQ((*tree)->refresh(), before);
  EXPECT_THAT((*tree)->trouble(), ::testing::HasSubstr("cannot be read"));
  EXPECT_EQ((*tree)->refresh(), before);
  host.write("root/mine/b/", "");
  clock.advance(31s);
  EXPECT_EQ((*tree)->refresh()->begin()->second.pod.cgroup_path, "/mine/b");
  EXPECT_EQ((*tree)->trouble(), "");
}

}  // namespace
}  // namespace gthulhu
