// SPDX-License-Identifier: Apache-2.0
//
// What is looked at again although nobody asked: values read back, and tasks that inherited ours.
#include <algorithm>
#include <utility>

#include "adapters/cfs/managed_tasks.h"

namespace gthulhu {

std::vector<TaskRecord> ManagedTasks::adopt(const std::vector<pid_t>& candidates,
                                            bool at_first_sight) {
  could_be_inherited_.clear();
  std::vector<TaskRecord> records;
  for (const pid_t tid : candidates) {
    const auto wanted = wanted_.lower_bound({tid, 0});
    if (wanted != wanted_.end() && wanted->tid == tid) continue;  // the next pass looks at it
    const Result<ReadValues> now = scheduling_.get(tid);
    if (!now || !could_be_inherited(now->values)) continue;
    const auto [suspect, is_new] = suspects_.try_emplace(tid, audits_);
    const bool is_first_sight = is_new || suspect->second == audits_;
    if (is_first_sight && !at_first_sight) continue;
    const Result<TaskStat> found = files_.stat(tid);
    const Result<TaskId> process = files_.process_of(tid);
    const Result<std::string> cgroup = files_.cgroup(tid);
    if (!found || !process || !cgroup) continue;
    const TaskId id{tid, found->start_ticks};
    if (is_managed(*process, id)) continue;
    const auto from = inherited({id, *process, {}, *cgroup, now->values}, found->parent);
    if (!from) continue;
    Managed& managed = processes_[*process];
    if (managed.cgroup.empty()) managed.cgroup = *cgroup;
    managed.tasks[id] = Task::taken_over(from->base, from->since_ticks, *now);
    recount(managed);
    records.push_back({id, carrier_of(*process, managed.cgroup, managed.tasks[id])});
    if (!wanted_.contains(id)) leaving_.push_back({*process, id});
  }
  if (!records.empty()) unsettled_ = true;
  return records;
}

ManagedTasks::Audited ManagedTasks::audit(std::size_t tasks_most, std::size_t former_cgroups_most) {
  Audited audited;
  is_default_read_ = false;
  ++audits_;
  // A round ends where it would have when it began: processes that come have higher numbers, and
  // must not keep it from beginning again.
  auto process = processes_.upper_bound(audited_);
  if (process == processes_.end() || round_end_ < process->first) {
    process = processes_.begin();
    round_end_ = processes_.empty() ? TaskId() : processes_.rbegin()->first;
  }
  std::size_t count = 0;
  while (process != processes_.end() && !(round_end_ < process->first) && count < tasks_most) {
    Managed& managed = process->second;
    count += managed.tasks.size();
    audited_ = process->first;
    audited.cgroups.insert(managed.cgroup);
    process = audit_process(process->first, managed, audited.gone) ? processes_.erase(process)
                                                                   : std::next(process);
  }
  auto former = former_cgroups_.upper_bound(audited_former_);
  for (std::size_t i = 0; i < std::min(former_cgroups_most, former_cgroups_.size()); ++i) {
    if (former == former_cgroups_.end()) former = former_cgroups_.begin();
    audited_former_ = *former;
    audited.cgroups.insert(*former++);
  }
  // It may have all tasks of the machine, and ties nobody (inherited_by()).
  audited.cgroups.erase("/");
  audited.cgroups.erase("");
  return audited;
}

bool ManagedTasks::audit_process(const TaskId& process,
                                 Managed& managed,
                                 std::vector<TaskId>& gone) {
  for (auto entry = managed.tasks.begin(); entry != managed.tasks.end();) {
    auto& [id, task] = *entry;
    Result<ReadValues> now = scheduling_.get(id.tid);
    const bool looks_changed = now && now->values != task.held;
    if (looks_changed && !std::exchange(is_default_read_, true)) {
      scheduling_.refresh_default();
      now = scheduling_.get(id.tid);
    }
    const bool differs = now && now->values != task.held;
    const bool is_over = (!now && now.error().code == Errc::not_found) || (differs && !is_same(id));
    // A task whose own policy kept us away and is another now is new to us.
    const bool was_away = task.state == State::real_time || task.state == State::own_idle;
    if (is_over || (differs && was_away)) {
      // It may have made another one just before, which the next pass sees for the first time.
      if (is_over) remember_if_ours(process, managed, task);
      if (!is_over) unsettled_ = true;
      gone.push_back(id);
      entry = managed.tasks.erase(entry);
      continue;
    }
    if (differs) {
      ++differences_;
      task.held = now->values;
      if (task.state != State::changed) gone.push_back(id);
      task.state = State::changed;
    }
    if (task.state == State::refused || task.state == State::forbidden) unsettled_ = true;
    ++entry;
  }
  recount(managed);
  return managed.tasks.empty();
}

}  // namespace gthulhu
