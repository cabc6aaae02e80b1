// SPDX-License-Identifier: Apache-2.0
//
// Time, and what the kernel does.
#include "tests/scheduler/simulator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace gthulhu::scheduler {

namespace {

constexpr std::uint64_t never = std::numeric_limits<std::int64_t>::max();

std::uint64_t ns(Time time) {
  return static_cast<std::uint64_t>(time.count());
}

bool is_ordinary(int priority) {
  return priority <= 0 && priority > GTHULHU_PRIORITY_IDLE;
}

// Whether `one`, which has waited for so long among so many, is worse off than `other`.
bool is_worse(const Wait& one, const Wait& other) {
  const auto share = [](const Wait& wait) {
    return static_cast<double>(wait.time.count()) / static_cast<double>(wait.waiting);
  };
  return share(one) > share(other);
}

}  // namespace

Simulator::Simulator(MachineSpec machine)
    : machine_(std::move(machine)),
      shares_(machine_.cpus, machine_.groups),
      limits_(machine_.groups) {
  CHECK(machine_.cpus > 0 && machine_.cpus <= cpus_most);
  cpus_.resize(index(machine_.cpus));
  for (const TaskSpec& spec : machine_.tasks) {
    Task task;
    task.spec = spec;
    task.state.cpu = -1;
    task.state.share = GTHULHU_SHARE_ONE;
    task.state.group = spec.group;
    task.state.policy.priority = static_cast<std::int8_t>(spec.priority);
    task.state.policy.slice_ns = ns(spec.slice);
    task.wakes_ns = ns(spec.starts);
    task.cpu = static_cast<int>(tasks_.size()) % machine_.cpus;
    for (int i = 0; i < machine_.cpus && !may_run(task, task.cpu); ++i) {
      task.cpu = (task.cpu + 1) % machine_.cpus;
    }
    CHECK(may_run(task, task.cpu));
    tasks_.push_back(task);
  }
}

void Simulator::run(Time duration) {
  const std::uint64_t end = now_ + ns(duration);
  happen();
  while (now_ < end) {
    advance(next_event(end));
    happen();
  }
}

Usage Simulator::usage(std::size_t task) const {
  const Task& of = tasks_[task];
  Usage usage = of.usage;
  if (of.doing == Doing::waiting) {
    const Wait wait{Time(now_ - of.waits_ns), of.waiting};
    usage.longest_wait = std::max(usage.longest_wait, wait.time);
    if (is_worse(wait, usage.worst_wait)) usage.worst_wait = wait;
  }
  return usage;
}

std::uint64_t Simulator::slice_end(const Cpu& cpu) const {
  const std::uint64_t tick = ns(machine_.tick);
  std::uint64_t end = cpu.slice_from_ns + cpu.slice_ns;
  if (tick == 0) return end;
  end = (end + tick - 1) / tick * tick;
  const bool has_waiting =
      cpu.state.ordinary_waits != 0 || cpu.state.boosted_waits != 0 || cpu.state.idle_waits != 0;
  const bool has_end = has_waiting || cpu.state.is_limited != 0;
  if (machine_.has_timers && cpu.state.run_slice_ends_ns != 0 && has_end)
    end = std::min<std::uint64_t>(end, cpu.state.run_slice_ends_ns);
  return end;
}

std::uint64_t Simulator::next_event(std::uint64_t most) const {
  std::uint64_t next = most;
  const auto take = [&](std::uint64_t at) { next = std::min(next, std::max(at, now_)); };
  for (const Task& task : tasks_) {
    if (task.doing == Doing::absent || task.doing == Doing::sleeping) take(task.wakes_ns);
    if (task.doing == Doing::running) {
      take(now_ + task.left_ns);
      take(ns(task.spec.ends));
    }
  }
  for (const Cpu& cpu : cpus_) {
    if (cpu.current) take(slice_end(cpu));
  }
  take(limits_.next_event());
  return next;
}

void Simulator::watch(Cpu& cpu, int number, std::uint64_t duration) {
  const auto length = static_cast<std::int64_t>(duration);
  bool is_wanted = false;
  bool is_wasted = false;
  for (const Task& task : tasks_) {
    if (task.doing != Doing::waiting) continue;
    is_wanted = is_wanted || (task.cpu == number && is_ordinary(task.spec.priority));
    is_wasted = is_wasted || (!cpu.current && may_run(task, number));
  }
  const bool has_ordinary = cpu.current && is_ordinary(task_of(*cpu.current).spec.priority);
  cpu.debt_ns += length - (has_ordinary ? 20 * length : 0);
  if (cpu.debt_ns < 0 || !is_wanted) cpu.debt_ns = 0;
  cpu.usage.longest_debt = std::max(cpu.usage.longest_debt, Time(cpu.debt_ns / 20));
  cpu.waste_ns = is_wasted ? cpu.waste_ns + duration : 0;
  cpu.usage.longest_waste = std::max(cpu.usage.longest_waste, Time(cpu.waste_ns));
}

void Simulator::advance(std::uint64_t to) {
  const std::uint64_t duration = to - now_;
  for (std::size_t i = 0; i < cpus_.size() && duration > 0; ++i) {
    Cpu& cpu = cpus_[i];
    watch(cpu, static_cast<int>(i), duration);
    if (!cpu.current) continue;
    Task& task = task_of(*cpu.current);
    task.ran_ns += duration;
    task.left_ns -= task.left_ns == never ? 0 : duration;
    task.usage.cpu += Time(duration);
    cpu.usage.busy += Time(duration);
  }
  now_ = to;
}

void Simulator::happen() {
  for (Cpu& cpu : cpus_) {
    if (!cpu.current) continue;
    const Task& task = task_of(*cpu.current);
    if (task.left_ns == 0 || ns(task.spec.ends) <= now_) {
      fall_asleep(cpu);
    } else if (slice_end(cpu) <= now_) {
      cpu.slice_ns = 0;
      cpu.must_choose = true;
    }
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[i];
    const bool is_away = task.doing == Doing::absent || task.doing == Doing::sleeping;
    if (is_away && task.wakes_ns <= now_) wake(static_cast<int>(i), task.doing == Doing::absent);
  }
  for (std::uint32_t group = 1; group < limits_.size(); ++group) {
    if (limits_.at(group).fires_ns <= now_) quota_comes(group);
  }
  for (bool is_any = true; is_any;) {
    is_any = false;
    for (std::size_t i = 0; i < cpus_.size(); ++i) {
      if (!cpus_[i].must_choose) continue;
      is_any = true;
      reschedule(static_cast<int>(i));
    }
  }
}

void Simulator::wake(int number, bool is_new) {
  Task& task = task_of(number);
  if (ns(task.spec.ends) <= now_) {
    task.wakes_ns = never;
    return;
  }
  if (is_new) {  // gthulhu_enable
    task.state.cpu = task.cpu;
    task.state.vtime = cpus_[index(task.cpu)].state.clock;
  }
  task.left_ns = task.spec.run > Time::zero() ? ns(task.spec.run) : never;
  bool is_inserted = false;
  const int id = select_cpu(number, is_inserted);
  if (!is_inserted) enqueue(number, id, !is_new);
}

void Simulator::fall_asleep(Cpu& cpu) {
  const int number = *cpu.current;
  Task& task = task_of(number);
  stopping(number, task.cpu, false);
  task.doing = Doing::sleeping;
  task.wakes_ns = ns(task.spec.ends) <= now_ ? never : now_ + ns(task.spec.sleep);
  cpu.current.reset();
  cpu.must_choose = true;
}

// balance_one(), put_prev_task_scx(), pick_task_scx(), set_next_task_scx()
void Simulator::reschedule(int id) {
  Cpu& cpu = cpus_[index(id)];
  cpu.must_choose = false;
  if (cpu.current && cpu.slice_ns > 0) return;
  cpu.is_idle = false;
  if (cpu.local.empty()) dispatch(id, cpu.current ? &task_of(*cpu.current) : nullptr);
  if (cpu.local.empty() && cpu.current && cpu.slice_ns == 0) {  // SCX_ENQ_LAST
    const int previous = *cpu.current;
    stopping(previous, id, true);
    cpu.current.reset();
    enqueue(previous, id, false);
  }
  if (cpu.local.empty()) {
    cpu.is_idle = !cpu.current;
    return;
  }
  const int next = cpu.local.front();
  cpu.local.pop_front();
  if (cpu.current) {
    const int previous = *cpu.current;
    stopping(previous, id, true);
    cpu.current.reset();
    enqueue(previous, id, false);
  }
  Task& task = task_of(next);
  const Wait wait{Time(now_ - task.waits_ns), task.waiting};
  task.usage.longest_wait = std::max(task.usage.longest_wait, wait.time);
  if (is_worse(wait, task.usage.worst_wait)) task.usage.worst_wait = wait;
  ++task.usage.runs;
  task.doing = Doing::running;
  cpu.current = next;
  cpu.slice_ns = task.slice_ns;
  cpu.slice_from_ns = now_;
  running(next, id);
}

std::optional<int> Simulator::pick_idle_cpu(const Task& task) {
  for (std::size_t i = 0; i < cpus_.size(); ++i) {
    Cpu& cpu = cpus_[i];
    if (!cpu.is_idle || !may_run(task, static_cast<int>(i))) continue;
    cpu.is_idle = false;
    return static_cast<int>(i);
  }
  return std::nullopt;
}

int Simulator::select_cpu_default(const Task& task, bool& is_idle) {
  Cpu& before = cpus_[index(task.cpu)];
  is_idle = true;
  if (before.is_idle && may_run(task, task.cpu)) {
    before.is_idle = false;
    return task.cpu;
  }
  if (const auto idle = pick_idle_cpu(task)) return *idle;
  is_idle = false;
  return task.cpu;
}

std::uint64_t Simulator::waiting_on(const Cpu& cpu) {
  return cpu.boosted.size() + cpu.ordinary.size() + cpu.idle_class.size() + cpu.local.size();
}

void Simulator::begin_wait(Task& task, int id) {
  task.cpu = id;
  task.doing = Doing::waiting;
  task.waits_ns = now_;
  task.waiting = 0;
  const std::uint64_t waiting = waiting_on(cpus_[index(id)]);
  for (Task& other : tasks_) {
    if (other.doing == Doing::waiting && other.cpu == id)
      other.waiting = std::max(other.waiting, waiting);
  }
}

void Simulator::insert(int number, int id, std::uint64_t slice_ns, bool preempts) {
  Cpu& cpu = cpus_[index(id)];
  if (preempts) {
    cpu.local.push_front(number);
    cpu.slice_ns = 0;
    cpu.must_choose = true;
  } else {
    cpu.local.push_back(number);
    if (!cpu.current) cpu.must_choose = true;
  }
  Task& task = task_of(number);
  task.slice_ns = slice_ns;
  begin_wait(task, id);
}

void Simulator::insert_by_vtime(int number, int id, Queue& queue, std::uint64_t slice_ns) {
  Task& task = task_of(number);
  const auto at = std::ranges::find_if(queue, [&](int other) {
    return gthulhu_is_before(gthulhu_start_tag(&task.state),
                             gthulhu_start_tag(&task_of(other).state)) != 0;
  });
  queue.insert(at, number);
  task.slice_ns = slice_ns;
  begin_wait(task, id);
  // The kernel chooses anew on a CPU that has nothing else to do.
  Cpu& cpu = cpus_[index(id)];
  if (!cpu.current) cpu.must_choose = true;
}

bool Simulator::take_first(Queue& queue, int id) {
  const auto first =
      std::ranges::find_if(queue, [&](int number) { return may_run(task_of(number), id); });
  if (first == queue.end()) return false;
  Task& task = task_of(*first);
  if (task.cpu != id) ++task.usage.moves;
  task.cpu = id;
  cpus_[index(id)].local.push_back(*first);
  queue.erase(first);
  return true;
}

}  // namespace gthulhu::scheduler
