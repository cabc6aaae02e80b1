// SPDX-License-Identifier: Apache-2.0
//
// The functions of bpf/scheduler_limits.h that hold tasks back, by their names.
#include "tests/scheduler/simulator.h"

namespace gthulhu::scheduler {

void Simulator::bound_run(Task& task, Cpu& cpu, std::uint64_t slice_ns) {
  const std::uint32_t limited = limits_.of(task.state.group);
  cpu.state.is_limited = 0;
  if (limited == 0) return;
  const std::uint64_t granted = limits_.reserve(limited, task.state, slice_ns, now_);
  if (granted >= slice_ns) return;
  cpu.slice_ns = granted;
  cpu.slice_from_ns = now_;
  if (granted == 0) {
    cpu.must_choose = true;
    return;
  }
  cpu.state.is_limited = 1;
  if (cpu.state.run_slice_ends_ns == 0 || now_ + granted < cpu.state.run_slice_ends_ns)
    cpu.state.run_slice_ends_ns = now_ + granted;
}

void Simulator::hold(int number, std::uint32_t limited) {
  Task& task = task_of(number);
  SimulatedLimits::Limited& group = limits_.at(limited);
  shares_.leave(task.state);
  gthulhu_end_turn(&task.state);
  task.state.has_waited = 1;
  task.state.has_slept = 1;
  task.doing = Doing::held;
  group.held.push_back(number);
  if (group.fires_ns != SimulatedLimits::never) return;
  group.limit.looked_ns = now_;
  group.fires_ns = limits_.find(limited, now_).refill_ns;
}

void Simulator::leave_budget(const Task& task) {
  const std::uint32_t limited = limits_.of(task.state.group);
  if (limited == 0 || limits_.at(limited).held.empty()) return;
  if (limits_.has_budget(limited, now_)) limits_.at(limited).fires_ns = now_;
}

void Simulator::release(int number, int distance, std::uint64_t grant_ns) {
  Task& task = task_of(number);
  const int other = (task.cpu + distance) % machine_.cpus;
  if (may_run(task, other) && waiting_on(cpus_[index(other)]) < waiting_on(cpus_[index(task.cpu)]))
    task.cpu = other;
  task.state.grant_ns = grant_ns;
  place(task, task.cpu);
  wait_in_order(number, task.cpu);
  if (const auto idle = pick_idle_cpu(task)) cpus_[index(*idle)].must_choose = true;
}

void Simulator::quota_comes(std::uint32_t limited) {
  SimulatedLimits::Limited& group = limits_.at(limited);
  const SimulatedLimits::Budget budget = limits_.find(limited, now_);
  const std::uint64_t slice_ns = machine_.settings.slice_ns;
  const std::uint64_t released =
      gthulhu_released(&group.limit, group.held.size(), budget.left_ns, now_, slice_ns);
  const std::uint64_t grant_ns = gthulhu_grant_of_each(budget.left_ns, released, slice_ns);
  for (std::uint64_t i = 0; i < released; ++i) {
    const int number = group.held.front();
    group.held.pop_front();
    release(number, static_cast<int>(i), grant_ns);
  }
  group.fires_ns = budget.refill_ns;
}

}  // namespace gthulhu::scheduler
