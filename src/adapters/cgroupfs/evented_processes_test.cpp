// SPDX-License-Identifier: Apache-2.0
//
// What the contract test cannot bring about: events that are lost, and files that cannot be read.
#include "adapters/cgroupfs/evented_processes.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

// Tells what the test says, and of no place. Threads: as the port says; the test may say more
// between two calls.
class ScriptedEvents : public TaskEvents {
 public:
  void notice(pid_t process) {
    const std::lock_guard lock(mutex_);
    TaskEvent event;
    event.process = process;
    events_.push_back(event);
  }
  void lose() { ++lost_; }

  [[nodiscard]] DiscoverySource source() const override { return DiscoverySource::netlink; }
  [[nodiscard]] int readable() const override { return never_.get(); }
  [[nodiscard]] bool tells_places() const override { return false; }
  [[nodiscard]] std::uint64_t lost() override { return lost_; }
  Result<> take(const std::function<void(const TaskEvent&)>& sink) override {
    const std::lock_guard lock(mutex_);
    for (const TaskEvent& event : events_) sink(event);
    events_.clear();
    return {};
  }

 private:
  const Fd never_{::eventfd(0, EFD_CLOEXEC)};
  std::atomic<std::uint64_t> lost_ = 0;
  std::mutex mutex_;  // guards events_
  std::vector<TaskEvent> events_;
};

class EventedProcessesTest : public testing::Test {
 protected:
  EventedProcessesTest() {
    files_.write("cgroup/mine/a/cgroup.threads", "");
    files_.write("proc/", "");
    tree_ = std::move(*CgroupTree::open(
        clock_, {CgroupVersion::v2, files_.root() + "/cgroup", false}, NodeName("n1")));
    auto events = std::make_unique<ScriptedEvents>();
    events_ = events.get();
    // Its own audits would repair what is to be repaired here.
    processes_ = std::move(*EventedProcesses::open(clock_, *tree_, std::move(events),
                                                   {.audit_places = 1h}, files_.root() + "/proc"));
    pod_ = tree_->refresh()->begin()->first;
    EXPECT_TRUE(processes_->of(std::set{pod_}));
  }

  // In the pod.
  void task(pid_t tid, const std::string& stat_end) {
    const std::string number = std::to_string(tid);
    files_.write("proc/" + number + "/task/" + number + "/stat", number + " (web) S 1" + stat_end);
    files_.write("proc/" + number + "/status", "Name:\tweb\nTgid:\t" + number + "\n");
    files_.write("proc/" + number + "/cgroup", "0::/mine/a\n");
    files_.write("cgroup/mine/a/cgroup.threads", number + "\n");
  }
  std::size_t count() {
    const auto pods = processes_->of(std::set{pod_});
    return pods && (*pods)->size() == 1 ? (*pods)->front()->processes.size() : 0;
  }

  const std::string good_ = " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0\n";  // from pgrp on
  TempTree files_;
  ManualClock clock_;  // stands still, so that no audit comes
  std::unique_ptr<CgroupTree> tree_;
  ScriptedEvents* events_ = nullptr;
  std::unique_ptr<EventedProcesses> processes_;
  PodUid pod_;
};

TEST_F(EventedProcessesTest, of_which_an_event_told_are_found) {
  task(10, good_);
  events_->notice(10);
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(processes_->status().rescans, 0u);
}

TEST_F(EventedProcessesTest, of_which_no_event_told_are_found_after_events_were_lost) {
  task(10, good_);
  EXPECT_EQ(count(), 0u);
  events_->lose();
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(processes_->status().lost, 1u);
  EXPECT_EQ(processes_->status().rescans, 1u);
  EXPECT_EQ(processes_->status().repaired, 1u);
}

TEST_F(EventedProcessesTest, of_which_an_event_told_are_found_after_a_wait_that_was_interrupted) {
  files_.write("cgroup/mine/b/cgroup.threads", "");
  processes_->wait(1h);  // ends with this news
  task(10, good_);
  events_->notice(10);
  processes_->interrupt();
  processes_->wait(1h);
  EXPECT_EQ(count(), 1u);
}

TEST_F(EventedProcessesTest, that_could_not_be_looked_at_are_found_when_they_can) {
  task(10, "");  // is not understood
  events_->notice(10);
  EXPECT_FALSE(processes_->of(std::set{pod_}));
  EXPECT_FALSE(processes_->of(std::set{pod_})) << "nor by the look at everything that follows";
  task(10, good_);
  clock_.advance(2s);
  EXPECT_EQ(count(), 1u);
}

}  // namespace
}  // namespace gthulhu
