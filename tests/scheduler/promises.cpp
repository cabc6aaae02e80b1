// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/promises.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "tests/scheduler/simulator.h"

namespace gthulhu::scheduler {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A tick is waited for twice: for what runs, and for the turn that comes first.
constexpr Time slack = milliseconds{9};

// How far the ordinary may be behind 5 % for a moment: of the longest slice and the turn after it.
constexpr Time most_debt = milliseconds{12};

// Whoever shall preempt, and is preempted before it has run, waits for that one.
constexpr Time most_waste = milliseconds{20};

// Numbers out of bytes; zeroes when there are no more.
class Bytes {
 public:
  explicit Bytes(std::string_view left) : left_(left) {}

  [[nodiscard]] bool is_empty() const { return left_.empty(); }
  std::uint32_t below(std::uint32_t bound) {
    if (left_.empty()) return 0;
    const auto value = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return value % bound;
  }
  template <class T, std::size_t N>
  T one_of(const std::array<T, N>& values) {
    return values[below(N)];
  }

 private:
  std::string_view left_;
};

GroupSpec made_up_group(Bytes& bytes, std::uint32_t number) {
  static constexpr std::array<std::uint32_t, 5> weights{100, 1, 79, 3000, 10000};
  static constexpr std::array<Time, 6> quotas{Time{0},         Time{0},          Time{0},
                                              milliseconds{1}, milliseconds{20}, milliseconds{150}};
  static constexpr std::array<Time, 3> periods{milliseconds{100}, milliseconds{10},
                                               milliseconds{1000}};
  static constexpr std::array<Time, 3> bursts{Time{0}, milliseconds{1}, milliseconds{50}};
  GroupSpec group;
  group.weight = bytes.one_of(weights);
  group.parent = bytes.below(number);
  group.quota = bytes.one_of(quotas);
  if (group.quota == Time::zero()) return group;
  group.period = bytes.one_of(periods);
  group.burst = std::min(bytes.one_of(bursts), group.quota);
  return group;
}

TaskSpec made_up_task(Bytes& bytes, int cpus, std::uint32_t groups) {
  static constexpr std::array<int, 12> priorities{0, 0, 0, 20, 10, 5, 1, -1, -5, -19, -20, 0};
  static constexpr std::array<int, 8> nices{0, 0, 0, 0, 0, 5, 19, -20};
  static constexpr std::array<Time, 8> runs{Time{0},          Time{0},           Time{0},
                                            microseconds{50}, microseconds{700}, milliseconds{2},
                                            milliseconds{9},  milliseconds{60}};
  static constexpr std::array<Time, 6> sleeps{microseconds{20}, microseconds{500},
                                              milliseconds{3},  milliseconds{10},
                                              milliseconds{45}, milliseconds{300}};
  static constexpr std::array<Time, 8> slices{Time{0},          Time{0},           Time{0},
                                              Time{0},          microseconds{100}, milliseconds{1},
                                              milliseconds{20}, milliseconds{100}};
  TaskSpec task;
  task.priority = bytes.one_of(priorities);
  task.nice = bytes.one_of(nices);
  task.run = bytes.one_of(runs);
  task.sleep = bytes.one_of(sleeps);
  task.slice = bytes.one_of(slices);
  task.group = bytes.below(groups + 1);
  task.starts = milliseconds{3} * bytes.below(256);
  const std::uint32_t bound = bytes.below(4U * static_cast<std::uint32_t>(cpus));
  if (bound < static_cast<std::uint32_t>(cpus)) task.cpus = 1ULL << bound;
  return task;
}

bool is_limited(const GroupSpec& group) {
  return group.quota > Time::zero();
}

bool is_equal_hog(const TaskSpec& one, const TaskSpec& other) {
  return one.run == Time::zero() && one.priority == other.priority && one.nice == other.nice &&
         one.slice == other.slice && one.group == other.group;
}

std::string in_ms(Time time) {
  return std::to_string(time.count() / 1000) + " us";
}

class Looked {
 public:
  Looked(const MachineSpec& machine, Time duration)
      : machine_(machine), duration_(duration), simulator_(machine) {
    simulator_.run(duration);
    check_times();
    check_waits();
    check_cpus();
    check_equal_hogs();
    check_limits();
  }

  std::vector<std::string> broken;

 private:
  // Nobody has run for longer than there was time, nor has any been lost.
  void check_times() {
    Time tasks{0};
    Time cpus{0};
    for (std::size_t i = 0; i < machine_.tasks.size(); ++i) {
      const Time time = simulator_.usage(i).cpu;
      if (time > duration_) broken.push_back("task " + std::to_string(i) + " ran for too long");
      tasks += time;
    }
    for (int i = 0; i < machine_.cpus; ++i) cpus += simulator_.cpu_usage(i).busy;
    if (tasks != cpus) broken.push_back("tasks ran for " + in_ms(tasks) + " of " + in_ms(cpus));
  }

  void check_waits() {
    for (std::size_t i = 0; i < machine_.tasks.size(); ++i) {
      const Wait wait = simulator_.usage(i).worst_wait;
      const Time most = milliseconds{machine_.tasks[i].priority < 0 ? 1000 : 100};
      if (wait.time <= most * wait.waiting + slack) continue;
      broken.push_back("task " + std::to_string(i) + " waited for " + in_ms(wait.time) +
                       ", one of " + std::to_string(wait.waiting));
    }
  }

  void check_cpus() {
    for (int i = 0; i < machine_.cpus; ++i) {
      const CpuUsage& usage = simulator_.cpu_usage(i);
      const std::string name = "cpu " + std::to_string(i);
      if (usage.longest_debt > most_debt)
        broken.push_back(name + " owes those of 0 and below " + in_ms(usage.longest_debt));
      if (usage.longest_waste > most_waste)
        broken.push_back(name + " was idle for " + in_ms(usage.longest_waste) +
                         " while somebody waited");
    }
  }

  // On one CPU, when there is nothing else, each gets what the others get but for a turn.
  void check_equal_hogs() {
    const std::vector<TaskSpec>& tasks = machine_.tasks;
    if (machine_.cpus != 1 || tasks.empty() || tasks[0].priority == GTHULHU_PRIORITY_IDLE) return;
    if (std::ranges::any_of(machine_.groups,
                            [](const GroupSpec& group) { return is_limited(group); }))
      return;
    for (const TaskSpec& task : tasks) {
      if (!is_equal_hog(task, tasks[0]) || task.starts != Time::zero()) return;
    }
    const auto count = static_cast<int>(tasks.size());
    const Time turn = std::max<Time>(tasks[0].slice, milliseconds{4}) * 3;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Time off = simulator_.usage(i).cpu - duration_ / count;
      if (off > turn || off < -turn)
        broken.push_back("hog " + std::to_string(i) + " is off by " + in_ms(off));
    }
  }

  // Each quota that came, what was saved, and for each CPU what a tick ends late.
  void check_limits() {
    for (std::uint32_t number = 1; number <= machine_.groups.size(); ++number) {
      const GroupSpec& group = machine_.groups[number - 1];
      if (!is_limited(group)) continue;
      const Time most = group.quota * (duration_ / group.period + 1) + group.burst +
                        milliseconds{4} * machine_.cpus;
      Time used{0};
      for (std::size_t i = 0; i < machine_.tasks.size(); ++i) {
        if (is_in(machine_.tasks[i].group, number)) used += simulator_.usage(i).cpu;
      }
      if (used <= most) continue;
      broken.push_back("group " + std::to_string(number) + " used " + in_ms(used) + " of " +
                       in_ms(most));
    }
  }

  [[nodiscard]] bool is_in(std::uint32_t group, std::uint32_t number) const {
    while (group != 0 && group != number) group = machine_.groups[group - 1].parent;
    return group == number;
  }

  const MachineSpec& machine_;
  Time duration_;
  Simulator simulator_;
};

}  // namespace

MachineSpec made_up_machine(std::string_view text) {
  static constexpr std::array<std::uint32_t, 4> counts{1, 1, 3, 8};
  constexpr std::size_t most_tasks = 24;
  Bytes bytes(text);
  MachineSpec machine;
  machine.cpus = static_cast<int>(bytes.below(4)) + 1;
  machine.tick = bytes.below(2) != 0 ? Time(milliseconds{4}) : Time::zero();
  const std::uint32_t groups = bytes.below(4);
  for (std::uint32_t i = 1; i <= groups; ++i) machine.groups.push_back(made_up_group(bytes, i));
  while (!bytes.is_empty() && machine.tasks.size() < most_tasks) {
    const std::size_t count = bytes.one_of(counts);
    const TaskSpec task = made_up_task(bytes, machine.cpus, groups);
    machine.tasks.insert(machine.tasks.end(), std::min(count, most_tasks - machine.tasks.size()),
                         task);
  }
  return machine;
}

std::vector<std::string> broken_promises(const MachineSpec& machine, Time duration) {
  return Looked(machine, duration).broken;
}

std::string text_of(const MachineSpec& machine) {
  std::string text = std::to_string(machine.cpus) + " cpus, tick " + in_ms(machine.tick) + '\n';
  for (const GroupSpec& group : machine.groups) {
    text += "group of " + std::to_string(group.weight) + " in " + std::to_string(group.parent) +
            (is_limited(group) ? ", " + in_ms(group.quota) + " each " + in_ms(group.period) +
                                     ", burst " + in_ms(group.burst)
                               : "") +
            '\n';
  }
  for (std::size_t i = 0; i < machine.tasks.size(); ++i) {
    const TaskSpec& task = machine.tasks[i];
    text += "task " + std::to_string(i) + ": priority " + std::to_string(task.priority) +
            ", nice " + std::to_string(task.nice) + ", group " + std::to_string(task.group) +
            ", slice " + in_ms(task.slice) + ", run " + in_ms(task.run) + ", sleep " +
            in_ms(task.sleep) + ", starts " + in_ms(task.starts) +
            (task.cpus == ~0ULL ? "" : ", cpus " + std::to_string(task.cpus)) + '\n';
  }
  return text;
}

}  // namespace gthulhu::scheduler
