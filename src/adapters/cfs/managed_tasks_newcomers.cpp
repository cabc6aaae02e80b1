// SPDX-License-Identifier: Apache-2.0
//
// Tasks that are seen for the first time, and what they may have inherited.
#include <algorithm>
#include <utility>

#include "adapters/cfs/managed_tasks.h"
#include "adapters/cfs/targets.h"

namespace gthulhu {

void ManagedTasks::plan_newcomer(const Decision& decision, const TaskId& id, Managed& managed) {
  const Result<ReadValues> now = scheduling_.get(id.tid);
  if (!now) {
    unsettled_ = unsettled_ || now.error().code != Errc::not_found;
    return;
  }
  Task task;
  task.base = task.held = task.target = task.previous = now->values;
  task.reset_on_fork = now->reset_on_fork;
  task.since_ticks = ticks_since_boot();
  task.priority = decision.priority;
  task.slice = decision.slice;
  // Nothing will be written, so nobody will look again whether it still is the same task.
  const auto leave_alone = [&](State state) {
    if (!is_same(id)) return;
    task.state = state;
    managed.tasks[id] = task;
  };
  if (now->values.is_real_time()) return leave_alone(State::real_time);
  const auto from = inherited({id, decision.process->id, {}, managed.cgroup, now->values},
                              decision.process->parent);
  if (from) {
    task.base = from->base;
    task.since_ticks = from->since_ticks;
  }
  if (task.base.is_idle()) return leave_alone(State::own_idle);
  TaskTarget target =
      task_target(task.base, decision.priority, decision.slice, scheduling_.takes_slices());
  target.values.slice_ns = scheduling_.as_read(target.values.slice_ns);
  task.clamped = target.clamped;
  task.target = target.values;
  if (task.target == task.base && task.held == task.base) return leave_alone(State::in_force);
  planned_.push_back({decision.process->id, id, task});
}

std::optional<Inherited> ManagedTasks::inherited(Newcomer newcomer, pid_t parent) {
  // Nearly always from its own process or its parent, which can be found without a file of /proc.
  std::vector<Carrier> kin;
  if (const auto own = processes_.find(newcomer.process); own != processes_.end()) {
    append_carriers(kin, own->first, own->second);
  }
  for (auto of_parent = processes_.lower_bound(TaskId{parent, 0});
       of_parent != processes_.end() && of_parent->first.tid == parent; ++of_parent) {
    append_carriers(kin, of_parent->first, of_parent->second);
  }
  newcomer.ancestors = {parent};
  if (const auto found = inherited_by(newcomer, kin)) return found;
  if (!could_be_inherited(newcomer.values)) return std::nullopt;

  newcomer.ancestors = files_.ancestors(newcomer.id.tid);
  const auto is_tied = [&](const TaskId& process, const std::string& cgroup) {
    return process == newcomer.process || cgroup == newcomer.cgroup ||
           std::ranges::find(newcomer.ancestors, process.tid) != newcomer.ancestors.end();
  };
  std::vector<Carrier> tied;
  for (const Carrier& carrier : former_) {
    if (is_tied(carrier.process, carrier.cgroup)) tied.push_back(carrier);
  }
  for (const auto& [process, managed] : processes_) {
    if (is_tied(process, managed.cgroup)) append_carriers(tied, process, managed);
  }
  return inherited_by(newcomer, tied);
}

bool ManagedTasks::could_be_inherited(const SchedValues& values) {
  const auto [known, is_new] = could_be_inherited_.try_emplace(values, false);
  if (!is_new) return known->second;
  const auto could = [&](const Carrier& carrier) { return carrier.could_pass_on(values); };
  known->second = std::ranges::any_of(former_, could) ||
                  std::ranges::any_of(processes_, [&](const auto& entry) {
                    std::vector<Carrier> carriers;
                    append_carriers(carriers, entry.first, entry.second);
                    return std::ranges::any_of(carriers, could);
                  });
  return known->second;
}

void ManagedTasks::append_carriers(std::vector<Carrier>& carriers,
                                   const TaskId& process,
                                   const Managed& managed) {
  for (const auto& [id, task] : managed.tasks) {
    if (!task.is_ours()) continue;
    if (task.held == task.base && task.target == task.base) continue;
    carriers.push_back(carrier_of(process, managed.cgroup, task));
  }
}

}  // namespace gthulhu
