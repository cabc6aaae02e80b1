// SPDX-License-Identifier: Apache-2.0
//
// What the policy promises (docs/design.md, D7 and D11), in simulated machines.
#include "tests/scheduler/simulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

namespace gthulhu::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Tasks = std::vector<TaskSpec>;

constexpr Time tick = milliseconds{4};

TaskSpec hog(int priority) {
  return {.priority = priority};
}

TaskSpec periodic(int priority, Time run, Time sleep) {
  return {.priority = priority, .run = run, .sleep = sleep};
}

Tasks times(std::size_t count, const TaskSpec& task) {
  return Tasks(count, task);
}

Tasks operator+(Tasks tasks, const Tasks& more) {
  tasks.insert(tasks.end(), more.begin(), more.end());
  return tasks;
}

Simulator simulated(int cpus, Tasks tasks, Time duration = seconds{10}, Time look = Time::zero()) {
  MachineSpec machine;
  machine.cpus = cpus;
  machine.tasks = std::move(tasks);
  machine.tick = look;
  Simulator simulator(std::move(machine));
  simulator.run(duration);
  return simulator;
}

// Of one CPU.
double part(const Simulator& simulator, std::size_t task) {
  return static_cast<double>(simulator.usage(task).cpu.count()) /
         static_cast<double>(simulator.now().count());
}

double ratio(const Simulator& simulator, std::size_t one, std::size_t other) {
  return part(simulator, one) / part(simulator, other);
}

void expect_busy(const Simulator& simulator, int cpus) {
  for (int i = 0; i < cpus; ++i) EXPECT_EQ(simulator.cpu_usage(i).busy, simulator.now()) << i;
}

// --- the simulator itself ---

TEST(Simulator, one_task_has_the_cpu_for_itself) {
  const Simulator simulator = simulated(1, {hog(0)});
  EXPECT_EQ(simulator.usage(0).cpu, Time(seconds{10}));
  EXPECT_EQ(simulator.usage(0).longest_wait, Time::zero());
  EXPECT_EQ(simulator.usage(0).runs, 1U);
}

TEST(Simulator, a_sleeper_leaves_the_cpu_idle) {
  const Simulator simulator = simulated(1, {periodic(0, milliseconds{2}, milliseconds{8})});
  EXPECT_EQ(simulator.usage(0).cpu, Time(seconds{2}));
  EXPECT_EQ(simulator.cpu_usage(0).busy, Time(seconds{2}));
  EXPECT_EQ(simulator.usage(0).runs, 1001U);  // it begins once more at the last moment
}

TEST(Simulator, a_task_begins_and_ends_when_it_shall) {
  TaskSpec late = hog(0);
  late.starts = seconds{2};
  late.ends = seconds{5};
  const Simulator simulator = simulated(1, {late});
  EXPECT_EQ(simulator.usage(0).cpu, Time(seconds{3}));
}

TEST(Simulator, a_bound_task_stays_where_it_may_run) {
  TaskSpec bound = hog(0);
  bound.cpus = 2;
  const Simulator simulator = simulated(2, times(2, bound));
  EXPECT_EQ(simulator.cpu_usage(0).busy, Time::zero());
  EXPECT_NEAR(part(simulator, 0), 0.5, 0.01);
  EXPECT_NEAR(part(simulator, 1), 0.5, 0.01);
}

TEST(Simulator, with_a_tick_slices_end_with_it_unless_a_timer_ends_them) {
  Tasks own = times(2, hog(0));
  for (TaskSpec& task : own) task.slice = milliseconds{1};
  EXPECT_EQ(simulated(1, own, seconds{1}, tick).usage(0).longest_wait, Time(milliseconds{1}));
  const Simulator defaults = simulated(1, times(2, hog(0)), seconds{1}, tick);
  EXPECT_EQ(defaults.usage(0).longest_wait, tick);
}

TEST(Simulator, the_same_machine_does_the_same) {
  const Tasks tasks = times(3, hog(2)) + times(5, periodic(0, milliseconds{3}, milliseconds{4}));
  const Simulator one = simulated(2, tasks);
  const Simulator other = simulated(2, tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(one.usage(i).cpu, other.usage(i).cpu);
    EXPECT_EQ(one.usage(i).runs, other.usage(i).runs);
  }
}

// --- shares ---

class SharesOfTwoHogs : public testing::TestWithParam<Time> {};
INSTANTIATE_TEST_SUITE_P(Exact, SharesOfTwoHogs, testing::Values(Time::zero()));
INSTANTIATE_TEST_SUITE_P(Tick, SharesOfTwoHogs, testing::Values(tick));

TEST_P(SharesOfTwoHogs, are_to_each_other_as_a_factor_of_five_fourths_for_each_step) {
  for (const auto& [one, other] :
       {std::pair{1, 0}, {3, 0}, {5, 0}, {8, 0}, {10, 0}, {0, -3}, {0, -10}, {4, -4}, {10, 5}}) {
    const Simulator simulator = simulated(1, {hog(one), hog(other)}, seconds{30}, GetParam());
    const double due = std::pow(1.25, one - other);
    EXPECT_NEAR(ratio(simulator, 0, 1) / due, 1, 0.05) << one << " against " << other;
    expect_busy(simulator, 1);
  }
}

TEST(Shares, of_equal_hogs_are_equal) {
  for (const std::size_t count : {2U, 5U, 16U, 100U}) {
    const Simulator simulator = simulated(1, times(count, hog(0)));
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_NEAR(part(simulator, i) * static_cast<double>(count), 1, 0.05) << count;
    }
  }
}

TEST(Shares, nice_values_count_as_priorities_do) {
  Tasks tasks = times(2, hog(0));
  tasks[1].nice = 5;
  EXPECT_NEAR(ratio(simulated(1, tasks, seconds{30}), 0, 1) / std::pow(1.25, 5), 1, 0.05);
}

TEST(Shares, two_pods_of_equal_weight_get_the_same_however_many_tasks_they_have) {
  MachineSpec machine;
  machine.cpus = 2;
  machine.groups = {{}, {}};
  machine.tasks = times(8, {.group = 1}) + times(2, {.group = 2});
  Simulator simulator(machine);
  simulator.run(seconds{10});
  double first = 0;
  for (std::size_t i = 0; i < 8; ++i) first += part(simulator, i);
  EXPECT_NEAR(first, 1, 0.05);
  EXPECT_NEAR(part(simulator, 8) + part(simulator, 9), 1, 0.05);
}

TEST(Shares, pods_get_what_their_cpu_weights_say_also_below_another_cgroup) {
  MachineSpec machine;
  machine.groups = {{.weight = 300}, {.weight = 100}, {.weight = 100, .parent = 2}};
  machine.tasks = {{.group = 1}, {.group = 3}, {.group = 3}};
  Simulator simulator(machine);
  simulator.run(seconds{10});
  EXPECT_NEAR(part(simulator, 0), 0.75, 0.03);
  EXPECT_NEAR(part(simulator, 1), 0.125, 0.01);
}

TEST(Shares, of_more_equal_hogs_than_cpus_are_equal_whatever_the_remainder) {
  for (const Time look : {Time::zero(), tick}) {
    for (const auto& [cpus, count] :
         {std::pair{2, 3U}, {2, 5U}, {4, 5U}, {4, 7U}, {8, 11U}, {2, 7U}}) {
      const Simulator simulator = simulated(cpus, times(count, hog(0)), seconds{20}, look);
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NEAR(part(simulator, i) * count / cpus, 1, 0.05) << count << " on " << cpus;
      }
    }
  }
}

TEST(Shares, follow_priorities_across_cpus) {
  const Simulator simulator = simulated(4, Tasks{hog(3), hog(5)} + times(9, hog(0)), seconds{20});
  EXPECT_NEAR(ratio(simulator, 0, 2) / std::pow(1.25, 3), 1, 0.05);
  EXPECT_NEAR(ratio(simulator, 1, 2) / std::pow(1.25, 5), 1, 0.05);
  for (std::size_t i = 3; i < 11; ++i) EXPECT_NEAR(ratio(simulator, i, 2), 1, 0.05);
}

// What the first `few` of a machine's tasks get of what all of these get. Others come and go
// meanwhile, so nothing ever stays where it is.
double part_of_first(std::size_t few, MachineSpec machine, Time duration = seconds{10}) {
  const std::size_t count = machine.tasks.size();
  for (int i = 1; i <= 6; ++i) {
    machine.tasks.push_back(periodic(0, std::chrono::microseconds{40 * i}, milliseconds{3 * i}));
  }
  Simulator simulator(std::move(machine));
  simulator.run(duration);
  double first = 0;
  double all = 0;
  for (std::size_t i = 0; i < count; ++i) {
    all += part(simulator, i);
    if (i < few) first += part(simulator, i);
  }
  return first / all;
}

TEST(Shares, of_pods_on_many_cpus_are_right_however_many_tasks_they_have) {
  for (const auto& [cpus, few, many, weight, due] : {std::tuple{8, 8U, 32U, 100U, 0.5},
                                                     {8, 16U, 16U, 300U, 0.75},
                                                     {8, 3U, 24U, 100U, 0.375},
                                                     {8, 8U, 128U, 100U, 0.5},
                                                     {2, 2U, 32U, 100U, 0.5}}) {
    MachineSpec machine;
    machine.cpus = cpus;
    machine.tick = tick;
    machine.groups = {{.weight = weight}, {}};
    machine.tasks = times(few, {.group = 1}) + times(many, {.group = 2});
    EXPECT_NEAR(part_of_first(few, machine), due, 0.03) << few << " and " << many << " on " << cpus;
  }
}

// Eight pods without requests beside one with a request of a CPU, as the kubelet weighs them: 2.5 %
// are due to the eight, and turns for having waited, 2 ms of some 450, are more; so are the first
// seconds, in which it is found out on which CPUs there are too many.
TEST(Shares, of_pods_of_little_weight_are_small_on_many_cpus) {
  for (const int cpus : {1, 2, 4, 8}) {
    const auto each = static_cast<std::size_t>(cpus);
    MachineSpec machine;
    machine.cpus = cpus;
    machine.tick = tick;
    machine.groups = {{.weight = 79}, {.weight = 39, .parent = 1}, {.weight = 1, .parent = 1}};
    machine.tasks = times(each, {.group = 2});
    for (std::uint32_t pod = 0; pod < 8; ++pod) {
      machine.groups.push_back({.weight = 1, .parent = 3});
      machine.tasks = machine.tasks + times(each, {.group = 4 + pod});
    }
    EXPECT_LT(1 - part_of_first(each, machine, seconds{30}), 0.075) << cpus;
  }
}

// What some cannot have is divided equally among the others.
TEST(Shares, of_free_tasks_are_equal_beside_tasks_bound_to_one_cpu) {
  TaskSpec bound = hog(0);
  bound.cpus = 1;
  const Simulator simulator = simulated(4, times(3, bound) + times(5, hog(0)), seconds{20}, tick);
  for (std::size_t i = 3; i < 8; ++i) EXPECT_NEAR(part(simulator, i), 0.6, 0.03);
}

// --- who goes first ---

TEST(Boost, a_favoured_task_among_hogs_does_not_wait_while_within_its_share) {
  for (const auto run : {Time(milliseconds{1}), Time(std::chrono::microseconds{300})}) {
    const Simulator simulator =
        simulated(1, Tasks{periodic(10, run, milliseconds{10})} + times(16, hog(0)), seconds{20});
    EXPECT_EQ(simulator.usage(0).longest_wait, Time::zero());
    expect_busy(simulator, 1);
  }
}

TEST(Boost, favoured_tasks_that_change_cpus_lose_nothing_by_it) {
  const Simulator simulator =
      simulated(4,
                times(6, periodic(10, milliseconds{1}, milliseconds{9})) +
                    times(20, periodic(0, milliseconds{2}, milliseconds{3})),
                seconds{20}, tick);
  for (std::size_t i = 0; i < 6; ++i) {
    // In the first round, while the clock stands; later on 1 ms, for one another.
    EXPECT_LE(simulator.usage(i).longest_wait, Time(milliseconds{2}));
    EXPECT_NEAR(part(simulator, i), 0.1, 0.0001);
  }
}

TEST(Boost, a_higher_favoured_task_does_not_wait_for_a_lower_one) {
  const Simulator simulator =
      simulated(1, {periodic(10, milliseconds{1}, milliseconds{10}), hog(5), hog(0)});
  EXPECT_EQ(simulator.usage(0).longest_wait, Time::zero());
}

// --- nobody starves ---

TEST(Starvation, the_idle_class_has_turns_beside_those_who_preempt_one_another) {
  TaskSpec favoured = periodic(20, std::chrono::microseconds{2000}, std::chrono::microseconds{500});
  favoured.nice = -20;
  favoured.starts = std::chrono::milliseconds{273};
  TaskSpec idle = hog(-20);
  idle.cpus = 1;
  const Simulator simulator = simulated(2, times(3, favoured) + Tasks{idle}, seconds{10});
  EXPECT_LE(simulator.usage(3).longest_wait, Time(seconds{1}));
}

TEST(Starvation, two_of_the_highest_priority_on_two_cpus_leave_four_others_the_floor) {
  for (const Time look : {Time::zero(), tick}) {
    const Simulator simulator =
        simulated(2, times(2, hog(20)) + times(4, hog(0)), seconds{20}, look);
    double others = 0;
    for (std::size_t i = 2; i < 6; ++i) others += part(simulator, i);
    EXPECT_GE(others, 2 * 0.05);
    EXPECT_GE(part(simulator, 0) + part(simulator, 1), 2 * 0.8);
    for (int i = 0; i < 2; ++i) {
      EXPECT_LE(simulator.cpu_usage(i).longest_debt, Time(milliseconds{6}));
    }
    expect_busy(simulator, 2);
  }
}

TEST(IdleClass, runs_when_nobody_else_wants_the_cpu) {
  TaskSpec other = periodic(0, milliseconds{5}, milliseconds{5});
  other.starts = milliseconds{1};
  const Simulator simulator = simulated(1, {hog(-20), other});
  EXPECT_NEAR(part(simulator, 0), 0.5, 0.01);
  EXPECT_NEAR(part(simulator, 1), 0.5, 0.01);
  EXPECT_EQ(simulator.usage(1).longest_wait, Time::zero());
}

TEST(IdleClass, behind_a_hog_waits_less_than_a_second_and_takes_less_than_a_hundredth) {
  const Simulator simulator = simulated(1, {hog(-20), hog(0)}, seconds{20});
  EXPECT_LE(simulator.usage(0).longest_wait, Time(seconds{1}));
  EXPECT_GT(part(simulator, 0), 0.0);
  EXPECT_LE(part(simulator, 0), 0.01);
}

}  // namespace
}  // namespace gthulhu::scheduler
