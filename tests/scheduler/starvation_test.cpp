// SPDX-License-Identifier: Apache-2.0
//
// That nobody waits for longer than is promised (docs/design.md, D11), in machines that once broke
// the promise, and in made-up ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/scheduler/promises.h"
#include "tests/scheduler/simulator.h"

namespace gthulhu::scheduler {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time tick = milliseconds{4};

MachineSpec machine(int cpus, std::vector<TaskSpec> tasks, Time look = Time::zero()) {
  MachineSpec what;
  what.cpus = cpus;
  what.tasks = std::move(tasks);
  what.tick = look;
  return what;
}

double part(const MachineSpec& what, std::size_t task, Time duration = seconds{20}) {
  Simulator simulator(what);
  simulator.run(duration);
  return static_cast<double>(simulator.usage(task).cpu.count()) /
         static_cast<double>(duration.count());
}

Time longest_wait(const MachineSpec& what, std::size_t task, Time duration = seconds{60}) {
  Simulator simulator(what);
  simulator.run(duration);
  return simulator.usage(task).longest_wait;
}

// --- the floor ---

TEST(Floor, holds_against_slices_of_100_ms) {
  for (const Time look : {Time::zero(), tick}) {
    const TaskSpec boosted{.priority = 20, .slice = milliseconds{100}};
    EXPECT_GE(part(machine(1, {boosted, {}}, look), 1), 0.05);
  }
}

// One after the other, each of which goes to sleep in the middle of its slice.
TEST(Floor, holds_against_slices_of_100_ms_of_many) {
  const TaskSpec boosted{.priority = 20,
                         .nice = -20,
                         .slice = milliseconds{100},
                         .run = milliseconds{60},
                         .sleep = milliseconds{10},
                         .starts = milliseconds{765}};
  TaskSpec weak = boosted;
  weak.priority = -19;
  weak.slice = milliseconds{20};
  std::vector<TaskSpec> tasks{weak};
  tasks.insert(tasks.end(), 8, boosted);
  tasks.push_back({.cpus = 1});
  EXPECT_THAT(broken_promises(machine(4, tasks, tick), seconds{3}), testing::IsEmpty());
}

TEST(Floor, is_not_used_up_by_short_runs) {
  const TaskSpec sleeper{.run = microseconds{100}, .sleep = milliseconds{10}};
  const MachineSpec what = machine(1, {{.priority = 20}, sleeper, {}});
  EXPECT_GE(part(what, 1) + part(what, 2), 0.05);
  EXPECT_LE(longest_wait(what, 2), Time(milliseconds{200}));
}

TEST(Floor, holds_against_a_boosted_task_that_sleeps_for_a_moment_again_and_again) {
  const TaskSpec napping{.priority = 20, .run = milliseconds{2}, .sleep = microseconds{20}};
  EXPECT_GE(part(machine(1, {napping, {}}), 1), 0.05);
}

TEST(Floor, is_not_twice_what_it_shall_be_when_two_wait) {
  const MachineSpec what = machine(1, {{.priority = 20}, {}, {}});
  EXPECT_NEAR(part(what, 0), 50.0 / 54, 0.01);
}

// --- waits ---

TEST(Wait, behind_a_boosted_hog_is_short_for_tasks_below_0_too) {
  const MachineSpec what = machine(1, {{.priority = 20}, {}, {}, {.priority = -19}});
  EXPECT_LE(longest_wait(what, 3), Time(seconds{3}));
}

TEST(Wait, of_a_boosted_task_behind_a_higher_one_is_short) {
  const MachineSpec what = machine(1, {{.priority = 20}, {.priority = 1, .nice = 19}});
  EXPECT_LE(longest_wait(what, 1), Time(milliseconds{100}));
}

// Clocks go slower there than time: more than a CPU is due to who may run on one only.
TEST(Wait, of_tasks_bound_to_one_cpu_of_many_is_short) {
  const TaskSpec bound{.cpus = 1};
  const TaskSpec weak{.nice = 19, .slice = milliseconds{20}, .cpus = 1};
  EXPECT_LE(longest_wait(machine(4, {bound, weak}), 1), Time(milliseconds{100}));
  EXPECT_LE(longest_wait(machine(64, {bound, weak}), 1), Time(milliseconds{100}));
}

TEST(Wait, of_a_bound_task_beside_slices_of_100_ms_is_short) {
  std::vector<TaskSpec> tasks(3, {.slice = milliseconds{100}});
  tasks.push_back({.priority = 1, .cpus = 1});
  EXPECT_THAT(broken_promises(machine(3, tasks), seconds{3}), testing::IsEmpty());
}

// On a CPU where nobody ever waits but ordinary tasks, each of which goes to sleep by itself.
TEST(Wait, is_short_where_one_after_the_other_sleeps_and_wakes) {
  TaskSpec task{.nice = -20,
                .slice = milliseconds{100},
                .run = milliseconds{60},
                .sleep = milliseconds{300},
                .cpus = 1};
  const MachineSpec many = machine(4, std::vector<TaskSpec>(8, task), tick);
  EXPECT_THAT(broken_promises(many, seconds{10}), testing::IsEmpty());
}

TEST(Wait, of_the_idle_class_is_short_whatever_their_nice_values) {
  const MachineSpec what = machine(1, {{.priority = -20, .nice = -20}, {.priority = -20}, {}});
  EXPECT_LE(longest_wait(what, 0), Time(seconds{2}));
  EXPECT_LE(longest_wait(what, 1), Time(seconds{2}));
}

// The CPU never comes to choose, one after the other taking it from the one before.
TEST(Wait, is_short_where_boosted_tasks_preempt_each_other) {
  MachineSpec what;
  what.cpus = 3;
  what.groups = {{.weight = 100}, {.weight = 3000}, {.weight = 1}};
  const TaskSpec napping{.priority = 1,
                         .group = 2,
                         .slice = milliseconds{100},
                         .run = milliseconds{60},
                         .sleep = milliseconds{3}};
  what.tasks = {napping, napping, napping, {.priority = 1}, {.priority = 1}, {.priority = 1}};
  EXPECT_EQ(broken_promises(what, seconds{20}), std::vector<std::string>{});
}

TEST(Work, of_the_idle_class_is_done_by_whatever_cpu_is_idle) {
  const TaskSpec busy{.cpus = 1};
  const TaskSpec half{.run = milliseconds{1}, .sleep = milliseconds{1}, .cpus = 2};
  EXPECT_NEAR(part(machine(2, {busy, half, {.priority = -20}}), 2), 0.5, 0.01);
}

// Who was to run, and is preempted before it has, waits where no other CPU can take it over.
TEST(Work, is_not_kept_from_idle_cpus_by_who_preempts_with_a_long_slice) {
  const TaskSpec woken{.priority = 20,
                       .slice = milliseconds{100},
                       .run = milliseconds{60},
                       .sleep = milliseconds{300},
                       .starts = milliseconds{765}};
  const TaskSpec bound{.priority = 20, .cpus = 1};
  std::vector<TaskSpec> tasks(8, woken);
  tasks.insert(tasks.end(), 8, bound);
  EXPECT_THAT(broken_promises(machine(3, tasks, tick), seconds{3}), testing::IsEmpty());
}

// All those that wake up at one moment would take the CPU from one and the same.
TEST(Work, is_shared_when_many_are_woken_at_once) {
  const TaskSpec woken{.priority = 20, .run = milliseconds{9}, .sleep = milliseconds{10}};
  const TaskSpec idle{.priority = -20, .cpus = 1};
  Simulator simulator(machine(2, {woken, woken, woken, woken, idle, idle}));
  simulator.run(seconds{10});
  EXPECT_EQ(simulator.cpu_usage(1).longest_waste, Time::zero());
}

// --- whatever there is ---

TEST(Promises, hold_on_made_up_machines) {
  std::mt19937_64 chance(1);
  for (int round = 0; round < 100; ++round) {
    std::string bytes(10 + chance() % 60, '\0');
    for (char& byte : bytes) byte = static_cast<char>(chance());
    const MachineSpec what = made_up_machine(bytes);
    EXPECT_EQ(broken_promises(what, seconds{3}), std::vector<std::string>{})
        << "round " << round << ":\n"
        << text_of(what);
  }
}

// The check must be able to fail.
TEST(Promises, are_seen_to_break) {
  MachineSpec what = machine(1, {{.priority = 20}, {}});
  what.settings.starve_ns = 500 * GTHULHU_MS;
  EXPECT_NE(broken_promises(what, seconds{3}), std::vector<std::string>{});
}

}  // namespace
}  // namespace gthulhu::scheduler
