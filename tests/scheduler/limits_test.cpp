// SPDX-License-Identifier: Apache-2.0
//
// cpu.max in simulated machines.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "tests/scheduler/simulator.h"

namespace gthulhu::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time tick = milliseconds{4};

// Of a machine's tasks, what those of the groups from `first` on use in CPUs.
class Uses {
 public:
  explicit Uses(MachineSpec machine) : tasks_(machine.tasks), simulator_(std::move(machine)) {}

  void run(Time duration) { simulator_.run(duration); }
  [[nodiscard]] Time of(std::uint32_t first, std::uint32_t last) const {
    Time sum{0};
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].group >= first && tasks_[i].group <= last) sum += simulator_.usage(i).cpu;
    }
    return sum;
  }
  [[nodiscard]] const Simulator& simulator() const { return simulator_; }

 private:
  std::vector<TaskSpec> tasks_;
  Simulator simulator_;
};

MachineSpec machine(int cpus, std::vector<GroupSpec> groups) {
  MachineSpec spec;
  spec.cpus = cpus;
  spec.tick = tick;
  spec.groups = std::move(groups);
  return spec;
}

void add_hogs(MachineSpec& to, std::uint32_t group, int count, int priority = 0) {
  for (int i = 0; i < count; ++i) to.tasks.push_back({.priority = priority, .group = group});
}

double cpus(Time used, Time duration) {
  return static_cast<double>(used.count()) / static_cast<double>(duration.count());
}

// Within 1 % of the limit over ten seconds, and in none of them above it by more than a tick for
// each CPU.
void expect_limit(
    Uses& uses, std::uint32_t first, std::uint32_t last, double limit, int cpu_count) {
  uses.run(seconds{1});
  const Time before = uses.of(first, last);
  Time since = before;
  for (int i = 0; i < 10; ++i) {
    uses.run(seconds{1});
    const Time now = uses.of(first, last);
    EXPECT_LE(cpus(now - since, seconds{1}), limit + cpus(tick, seconds{1}) * cpu_count) << i;
    since = now;
  }
  EXPECT_NEAR(cpus(since - before, seconds{10}) / limit, 1, 0.01);
}

TEST(Limits, are_what_a_group_uses_on_few_cpus_and_many) {
  for (const auto& [cpu_count, quota, hogs] :
       {std::tuple{1, 10, 1}, {2, 20, 4}, {2, 50, 1}, {2, 150, 4}, {8, 150, 20}, {8, 20, 100}}) {
    MachineSpec spec = machine(cpu_count, {{.quota = milliseconds{quota}}});
    add_hogs(spec, 1, hogs);
    Uses uses(std::move(spec));
    expect_limit(uses, 1, 1, quota / 100.0, cpu_count);
  }
}

TEST(Limits, leave_all_the_rest_to_others) {
  MachineSpec spec = machine(2, {{.quota = milliseconds{20}}, {}});
  add_hogs(spec, 1, 4);
  add_hogs(spec, 2, 4);
  Uses uses(std::move(spec));
  expect_limit(uses, 1, 1, 0.2, 2);
  EXPECT_NEAR(cpus(uses.of(2, 2), uses.simulator().now()), 1.8, 0.02);
}

// Whose siblings do not lose to one that may not run: 2 and 3 are in a pod beside group 4.
TEST(Limits, take_who_is_held_back_out_of_what_is_divided) {
  MachineSpec spec = machine(1, {{}, {.parent = 1, .quota = milliseconds{5}}, {.parent = 1}, {}});
  for (const std::uint32_t group : {2U, 3U, 4U}) add_hogs(spec, group, 1);
  Uses uses(std::move(spec));
  uses.run(seconds{10});
  EXPECT_NEAR(cpus(uses.of(2, 3), seconds{10}), 0.5, 0.03);
}

TEST(Limits, hold_for_favoured_tasks) {
  MachineSpec spec = machine(2, {{.quota = milliseconds{20}}, {}});
  add_hogs(spec, 1, 1, 20);
  add_hogs(spec, 2, 4);
  Uses uses(std::move(spec));
  expect_limit(uses, 1, 1, 0.2, 2);
}

TEST(Limits, above_others_hold_for_all_below) {
  MachineSpec spec = machine(
      2, {{.quota = milliseconds{50}}, {.parent = 1, .quota = milliseconds{20}}, {.parent = 1}});
  add_hogs(spec, 2, 2);
  add_hogs(spec, 3, 2);
  Uses uses(std::move(spec));
  expect_limit(uses, 1, 3, 0.5, 2);
  EXPECT_LE(cpus(uses.of(2, 2), uses.simulator().now()), 0.21);
}

// Who wakes and may not run hides no idle CPU from those who may.
TEST(Limits, leave_no_cpu_idle_beside_those_who_wait_for_one) {
  MachineSpec spec = machine(2, {{.weight = 1, .quota = milliseconds{1}}});
  for (int i = 0; i < 8; ++i) {
    spec.tasks.push_back({.priority = 20,
                          .nice = -20,
                          .group = 1,
                          .run = std::chrono::microseconds{50},
                          .sleep = milliseconds{10}});
  }
  for (int i = 0; i < 8; ++i) spec.tasks.push_back({.cpus = 1});
  Uses uses(std::move(spec));
  uses.run(seconds{3});
  EXPECT_LT(uses.simulator().cpu_usage(1).longest_waste, tick);
}

// 50 of the 100 ms are what is due to it anyway.
TEST(Limits, above_others_are_shared_as_cpus_are) {
  MachineSpec spec = machine(
      2, {{.quota = milliseconds{100}}, {.parent = 1, .quota = milliseconds{50}}, {.parent = 1}});
  add_hogs(spec, 2, 4);
  add_hogs(spec, 3, 4);
  Uses uses(std::move(spec));
  uses.run(seconds{30});
  EXPECT_NEAR(cpus(uses.of(2, 2), seconds{30}), 0.5, 0.025);
  EXPECT_NEAR(cpus(uses.of(1, 3), seconds{30}), 1, 0.01);
}

TEST(Limits, are_kept_by_very_many_of_whom_each_has_a_turn) {
  MachineSpec spec = machine(2, {{.quota = milliseconds{1}}});
  add_hogs(spec, 1, 500);
  Uses uses(std::move(spec));
  uses.run(seconds{1});
  std::vector<std::uint64_t> runs;
  for (std::size_t i = 0; i < 500; ++i) runs.push_back(uses.simulator().usage(i).runs);
  expect_limit(uses, 1, 1, 0.01, 2);
  uses.run(seconds{16});
  for (std::size_t i = 0; i < 500; ++i) EXPECT_GT(uses.simulator().usage(i).runs, runs[i]) << i;
}

TEST(Limits, what_was_saved_is_there_for_a_burst) {
  for (const auto& [burst, most] : {std::pair{0, 11}, {30, 41}}) {
    MachineSpec spec = machine(1, {{.quota = milliseconds{10}, .burst = milliseconds{burst}}});
    spec.tasks.push_back({.group = 1, .starts = seconds{1}});
    Uses uses(std::move(spec));
    uses.run(seconds{1} + milliseconds{50});
    EXPECT_LE(uses.of(1, 1), milliseconds{most});
    EXPECT_GE(uses.of(1, 1), milliseconds{most - 2});
  }
}

// 10 ms of every 50 are less than half of a CPU.
TEST(Limits, nobody_waits_who_stays_below_his) {
  MachineSpec spec = machine(2, {{.quota = milliseconds{50}}});
  spec.tasks.push_back({.group = 1, .run = milliseconds{10}, .sleep = milliseconds{40}});
  Uses uses(std::move(spec));
  uses.run(seconds{5});
  EXPECT_NEAR(cpus(uses.of(1, 1), seconds{5}), 0.2, 0.001);
}

}  // namespace
}  // namespace gthulhu::scheduler
