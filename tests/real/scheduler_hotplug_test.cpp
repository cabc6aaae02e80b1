// SPDX-License-Identifier: Apache-2.0
//
// CPUs that go and come under our scheduler on a real kernel.
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

pid_t process_named(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (text_of(entry.path() / "comm") == name + "\n") return std::stoi(entry.path().filename());
  }
  ADD_FAILURE() << "no process " << name;
  return -1;
}

TEST_F(SchedulerTest, CpusMayGoAndComeUnderLoad) {
  if (::access(other_cpu_online, W_OK) != 0) GTEST_SKIP() << "needs a CPU that can be taken away";
  make("/pod");
  for (int i = 0; i < 2 * cpus(); ++i) hog("/pod");
  for (int i = 0; i < 3; ++i) {
    std::ofstream(other_cpu_online) << 0 << std::flush;
    std::this_thread::sleep_for(300ms);
    std::ofstream(other_cpu_online) << 1 << std::flush;
    std::this_thread::sleep_for(300ms);
  }
  const auto before = used("/pod");
  std::this_thread::sleep_for(1s);
  EXPECT_GT(used("/pod") - before, 1'200ms);
}

// Who waits in the queues of a CPU that goes can be bound to it: nobody else may take him from
// there, and the CPU goes only when it has no task left. (In the root of the cgroups, where nobody
// gives tasks other CPUs when theirs goes.)
TEST_F(SchedulerTest, TasksThatAreBoundToACpuThatGoesRunElsewhere) {
  if (::access(other_cpu_online, W_OK) != 0) GTEST_SKIP() << "needs a CPU that can be taken away";
  std::vector<pid_t> hogs;
  for (const int priority : {-20, -20, 0, 0, 5, 5}) {
    hogs.push_back(hog("/..", 1));
    set(TaskRuleKey{.task = {hogs.back(), start_ticks(hogs.back())}}, rule(priority));
  }
  std::this_thread::sleep_for(300ms);
  std::ofstream(other_cpu_online) << 0 << std::flush;
  for (const pid_t process : hogs) {
    const auto found = scheduler_->read(process);
    EXPECT_TRUE(found && *found) << process;
  }
  std::ofstream(other_cpu_online) << 1 << std::flush;
}

// A CPU that goes no longer asks us, and leaves whoever's slice ends to itself: that can be the
// thread that takes the CPU away, to which a rule gives a short one here.
TEST_F(SchedulerTest, WhoTakesACpuAwayGoesOnWhenHisSliceEnds) {
  if (::access(other_cpu_online, W_OK) != 0) GTEST_SKIP() << "needs a CPU that can be taken away";
  const pid_t taker = process_named("cpuhp/1");
  set(TaskRuleKey{.task = {taker, start_ticks(taker)}}, rule(0, 1ms));
  make("/pod");
  for (int i = 0; i < 2 * cpus(); ++i) hog("/pod");
  for (int i = 0; i < 10; ++i) {
    const auto began = std::chrono::steady_clock::now();
    std::ofstream(other_cpu_online) << 0 << std::flush;
    std::ofstream(other_cpu_online) << 1 << std::flush;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  }
}

}  // namespace
}  // namespace gthulhu
