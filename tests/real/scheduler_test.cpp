// SPDX-License-Identifier: Apache-2.0
//
// What the scheduler does on a real kernel. Figures have room for a busy host; docs/scheduler.md
// has those that were measured.
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

// Eight emulated CPUs take turns on one thread of the host: runs last 20 to 40 ms there instead of
// 4, so that those who wait get turns for having waited, whatever is due to them.
double share_tolerance() {
  return cpus() > 4 ? 0.15 : 0.08;
}

TEST_F(SchedulerTest, PrioritiesAreFactorsOfCpuTime) {
  const std::string favoured = make("/favoured");
  make("/other");
  hog("/favoured", 0);
  hog("/other", 0);
  for (const int priority : {0, 3, 8, -5}) {
    set(id_of(favoured), rule(priority));
    const double wanted = std::pow(1.25, priority);
    EXPECT_NEAR(ratio("/favoured", "/other", 4s) / wanted, 1, 0.15) << priority;
  }
}

TEST_F(SchedulerTest, WeightsOfCgroupsAreObeyed) {
  const std::string heavy = make("/heavy");
  make("/light");
  std::ofstream(heavy + "/cpu.weight") << 300 << std::flush;
  for (int i = 0; i < 4; ++i) hog("/heavy", 0);
  for (int i = 0; i < 4; ++i) hog("/light", 0);
  const double factor = ratio("/heavy", "/light", 4s);
  EXPECT_NEAR(factor / (1 + factor), 0.75, 0.02);
}

// A weight of 3 where an ordinary cgroup has 1024; but whoever waits gets a slice within 100 ms.
TEST_F(SchedulerTest, CgroupsOfCpuIdleGetLittleBesideOthersUntilItEnds) {
  const std::string idle = make("/idle");
  make("/other");
  std::ofstream(idle + "/cpu.idle") << 1 << std::flush;
  hog("/idle", 0);
  hog("/other", 0);
  std::this_thread::sleep_for(1s);
  EXPECT_LT(ratio("/idle", "/other", 4s), 0.05);
  std::ofstream(idle + "/cpu.idle") << 0 << std::flush;
  std::this_thread::sleep_for(1s);
  EXPECT_NEAR(ratio("/idle", "/other", 4s), 1, 0.05);
}

// What a stronger class interrupts goes back into the order, on kernels that would else keep it at
// the head of the CPU's queue.
TEST_F(SchedulerTest, SlicesAndTurnsAreKeptBesideAStrongerClassThatOftenWakes) {
  const std::array<std::string, 3> pods{"/one", "/two", "/three"};
  for (const std::string& pod : pods) {
    make(pod);
    hog(pod, 0);
  }
  std::this_thread::sleep_for(500ms);  // what they are owed of other CPUs they have had
  const sched_param strong{.sched_priority = 1};
  std::array<std::chrono::microseconds, 3> used_before{};
  std::array<std::chrono::steady_clock::time_point, 3> ran_last{};
  std::chrono::steady_clock::duration longest{};
  std::thread looks([&] {
    stay_on(0);
    ASSERT_EQ(::sched_setscheduler(0, SCHED_FIFO, &strong), 0);
    ran_last.fill(std::chrono::steady_clock::now());
    for (int i = 0; i < 300; ++i) {
      std::this_thread::sleep_for(10ms);
      const auto now = std::chrono::steady_clock::now();
      for (std::size_t pod = 0; pod < pods.size(); ++pod) {
        const auto used_now = used(pods[pod]);
        if (used_now != std::exchange(used_before[pod], used_now)) ran_last[pod] = now;
        longest = std::max(longest, now - ran_last[pod]);
      }
    }
  });
  looks.join();
  EXPECT_LT(longest, 60ms);
}

// So much memory in so many places that it takes a while to give it back.
void map_much() {
  constexpr std::size_t size = std::size_t{64} << 20;
  const int memory = ::memfd_create("much", 0);
  if (memory < 0 || ::ftruncate(memory, size) != 0) ::_exit(1);
  for (int i = 0; i < 32; ++i) {
    if (::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, memory, 0) == MAP_FAILED)
      ::_exit(1);
  }
}

TEST_F(SchedulerTest, WhoEndsTakesTurnsWithOthers) {
  make("/other");
  hog("/other", 0);
  const std::string ends = make("/ends");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t process = ::fork();
  if (process == 0) {
    std::ofstream(ends + "/cgroup.procs") << ::getpid() << std::flush;
    stay_on(0);
    map_much();
    if (::write(ready[1], "", 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  children_.push_back(process);
  ::close(ready[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  const auto began = std::chrono::steady_clock::now();
  const auto before = used("/other");
  end(process);
  const std::chrono::duration<double> other = used("/other") - before;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_GT(took, 100ms);
  EXPECT_NEAR(other / took, 0.5, 0.1) << took.count() << " s";
}

TEST_F(SchedulerTest, PodsWithManyProcessesGetNoMoreThanThoseWithFew) {
  make("/few");
  make("/many");
  for (int i = 0; i < 2; ++i) hog("/few", 0);
  for (int i = 0; i < 8; ++i) hog("/many", 0);
  const double factor = ratio("/few", "/many", 4s);
  EXPECT_NEAR(factor / (1 + factor), 0.5, 0.02);
}

TEST_F(SchedulerTest, WeightsOfCgroupsAreObeyedOverAllCpus) {
  const std::string heavy = make("/heavy");
  make("/light");
  std::ofstream(heavy + "/cpu.weight") << 300 << std::flush;
  for (int i = 0; i < 2 * cpus(); ++i) hog("/heavy");
  for (int i = 0; i < 2 * cpus(); ++i) hog("/light");
  const double factor = ratio("/heavy", "/light", 4s);
  EXPECT_NEAR(factor / (1 + factor), 0.75, share_tolerance());
}

TEST_F(SchedulerTest, PodsWithManyProcessesGetNoMoreThanThoseWithFewOverAllCpus) {
  make("/few");
  make("/many");
  for (int i = 0; i < cpus(); ++i) hog("/few");
  for (int i = 0; i < 4 * cpus(); ++i) hog("/many");
  const double factor = ratio("/few", "/many", 4s);
  EXPECT_NEAR(factor / (1 + factor), 0.5, share_tolerance());
}

TEST_F(SchedulerTest, NothingStarvesBesideTheStrongest) {
  const std::string strongest = make("/strongest");
  make("/others");
  set(id_of(strongest), rule(20));
  for (int i = 0; i < cpus(); ++i) hog("/strongest");
  for (int i = 0; i < 2 * cpus(); ++i) hog("/others");
  EXPECT_GE(ratio("/others", "/strongest", 5s), 0.05);
}

TEST_F(SchedulerTest, IdlePriorityRunsOnlyWhenNobodyElseWantsTheCpuButIsNotForgotten) {
  const std::string idle = make("/idle");
  make("/other");
  set(id_of(idle), rule(-20));
  hog("/idle", 0);
  hog("/other", 0);
  const double share = ratio("/idle", "/other", 4s);
  EXPECT_LT(share, 0.05);
  EXPECT_GT(share, 0);
}

TEST_F(SchedulerTest, ThreeEqualHogsShareTwoCpusEvenly) {
  if (cpus() != 2) GTEST_SKIP() << "needs two CPUs";
  for (const char* const pod : {"/one", "/two", "/three"}) {
    make(pod);
    hog(pod);
  }
  EXPECT_NEAR(ratio("/one", "/two", 4s), 1, 0.2);
  EXPECT_NEAR(ratio("/one", "/three", 4s), 1, 0.2);
}

// How long a run of one of two hogs with such slices is, on average.
class SlicesTest : public SchedulerTest {
 protected:
  double mean_run_ms(std::chrono::nanoseconds slice) {
    for (const char* const pod : {"/one", "/two"}) set(id_of(make(pod)), rule(0, slice));
    const pid_t first = hog("/one", 0);
    hog("/two", 0);
    std::this_thread::sleep_for(300ms);
    const double before = switches(first);
    const auto used_before = used("/one");
    std::this_thread::sleep_for(3s);
    const auto used_ms = std::chrono::duration<double, std::milli>(used("/one") - used_before);
    return used_ms.count() / (switches(first) - before);
  }

 private:
  static double switches(pid_t process) {
    const std::string text = text_of("/proc/" + std::to_string(process) + "/status");
    constexpr std::string_view name = "nonvoluntary_ctxt_switches:";
    return std::stod(text.substr(text.find(name) + name.size()));
  }
};

TEST_F(SlicesTest, EndBetweenTicks) {
  EXPECT_LT(mean_run_ms(500us), 2.5);  // the tick comes every 4 ms
}

TEST_F(SlicesTest, AreKeptWhereTheyAreLongerThanTheSchedulerGoesWithoutALook) {
  EXPECT_NEAR(mean_run_ms(40ms), 40, 8);
}

TEST_F(SchedulerTest, ProcessesHaveTheirPodsRuleFromTheirFirstInstruction) {
  const std::string pod = make("/pod");
  set(id_of(pod), rule(7));
  int wrong = 0;
  for (int i = 0; i < 100; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::ofstream(pod + "/cgroup.procs") << ::getpid() << std::flush;
      const pid_t grandchild = ::fork();
      if (grandchild == 0) ::_exit(0);
      siginfo_t ended{};
      // Left as a zombie until its state has been looked at.
      ::waitid(P_PID, static_cast<id_t>(grandchild), &ended, WEXITED | WNOWAIT);
      const auto found = scheduler_->read(grandchild);
      ::waitpid(grandchild, nullptr, 0);
      ::_exit(found && *found && (*found)->rule.priority.value() == 7 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) ++wrong;
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(SchedulerTest, OwnRuleOfAThreadGoesBeforeThatOfItsProcessAndOfItsPod) {
  const std::string pod = make("/pod");
  const pid_t process = hog("/pod");
  set(id_of(pod), rule(2));
  EXPECT_TRUE(comes_to(process, 2));
  const TaskRuleKey whole{.task = {process, start_ticks(process)}};
  const TaskRuleKey thread{.task = {process, start_ticks(process)}, .is_thread = true};
  set(whole, rule(4));
  EXPECT_TRUE(comes_to(process, 4));
  set(thread, rule(6));
  EXPECT_TRUE(comes_to(process, 6));
  set(thread, std::nullopt);
  EXPECT_TRUE(comes_to(process, 4));
  set(whole, std::nullopt);
  EXPECT_TRUE(comes_to(process, 2));
  set(id_of(pod), std::nullopt);
  EXPECT_TRUE(comes_to(process, 0));
}

TEST_F(SchedulerTest, RuleOfAnotherProcessWithTheNumberDoesNotHold) {
  make("/pod");
  const pid_t process = hog("/pod");
  const TaskRuleKey before{.task = {process, start_ticks(process) - 1}};
  set(before, rule(5));
  EXPECT_TRUE(comes_to(process, 0));
  set(before, std::nullopt);
}

TEST_F(SchedulerTest, MovedProcessesObeyTheRuleOfTheirNewCgroup) {
  const std::string from = make("/from");
  const std::string to = make("/to");
  set(id_of(from), rule(3));
  set(id_of(to), rule(-3));
  const pid_t process = hog("/from");
  EXPECT_TRUE(comes_to(process, 3));
  move(process, "/to");
  EXPECT_TRUE(comes_to(process, -3));
}

TEST_F(SchedulerTest, ExpiredRulesDoNotHold) {
  const std::string pod = make("/pod");
  const pid_t process = hog("/pod");
  SchedulerRule ending = rule(5);
  ending.expires = boot_time() + 700ms;
  set(id_of(pod), ending);
  EXPECT_TRUE(comes_to(process, 5));
  EXPECT_TRUE(comes_to(process, 0));
}

TEST_F(SchedulerTest, RulesEndWithTheLeaseAndComeBackWithTheNext) {
  const std::string pod = make("/pod");
  const pid_t process = hog("/pod");
  set(id_of(pod), rule(5));
  EXPECT_TRUE(comes_to(process, 5));
  scheduler_->live_until(boot_time() + 100ms, boot_time() + 1h);
  EXPECT_TRUE(comes_to(process, 0));
  scheduler_->live_until(boot_time() + 1h, boot_time() + 2h);
  scheduler_->publish();
  EXPECT_TRUE(comes_to(process, 5));
}

TEST_F(SchedulerTest, AffinityMayChangeUnderLoad) {
  make("/pod");
  std::vector<pid_t> hogs;
  for (int i = 0; i < 3 * cpus(); ++i) hogs.push_back(hog("/pod"));
  for (int turn = 0; turn < 200; ++turn) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<unsigned>(turn % cpus()), &only);
    for (const pid_t process : hogs) ::sched_setaffinity(process, sizeof only, &only);
  }
  const auto before = used("/pod");
  std::this_thread::sleep_for(1s);
  EXPECT_GT(used("/pod") - before, 700ms);
}

TEST_F(SchedulerTest, TellsHowManyRunAndWait) {
  make("/pod");
  for (int i = 0; i < 4 * cpus(); ++i) hog("/pod");
  const auto all_cpus = static_cast<std::uint64_t>(cpus());
  SchedulerLoad load;
  EXPECT_TRUE(eventually([&] {
    load = scheduler_->load_now();
    return load.queued + load.chosen >= 3 * all_cpus && load.running == all_cpus;
  })) << load.queued
      << " " << load.chosen << " " << load.running;
  EXPECT_EQ(load.online_cpus, all_cpus);
  EXPECT_LE(load.running, all_cpus);
  EXPECT_GT(scheduler_->counts().ordinary, 0U);
}

}  // namespace
}  // namespace gthulhu
