// SPDX-License-Identifier: Apache-2.0
//
// What is looked at again although nobody asked: values read back, and tasks that inherited ours.
#include <algorithm>
#include <utility>

#include "adapters/cfs/managed_tasks.h"

namespace gthulhu {

std::vector<TaskRecord> ManagedTasks::adopt(const std::vector<pid_t>& candidates,
                                            bool at_first_sight) {
  std::vector<pid_t> known;
  for (const auto& [process, managed] : processes_) {
    for (const auto& [id, task] : managed.tasks) known.push_back(id.tid);
  }
  for (const Planned& planned : planned_) known.push_back(planned.id.tid);
  std::sort(known.begin(), known.end());
  could_be_inherited_.clear();
  std::set<pid_t> suspects;
  std::vector<TaskRecord> records;
  for (const pid_t tid : candidates) {
    if (std::binary_search(known.begin(), known.end(), tid)) continue;
    const Result<ReadValues> now = scheduling_.get(tid);
    if (!now || !could_be_inherited(now->values)) continue;
    suspects.insert(tid);
    // Most are children of a wanted process that the next list of processes will name.
    if (!at_first_sight && !suspects_.contains(tid)) continue;
    const Result<TaskStat> found = files_.stat(tid);
    const Result<TaskId> process = files_.process_of(tid);
    const Result<std::string> cgroup = files_.cgroup(tid);
    if (!found || !process || !cgroup) continue;
    const TaskId id{tid, found->start_ticks};
    const auto from = inherited({id, *process, {}, *cgroup, now->values}, found->parent);
    if (!from) continue;
    Managed& managed = processes_[*process];
    if (managed.cgroup.empty()) managed.cgroup = *cgroup;
    managed.tasks[id] = Task::taken_over(from->base, from->since_ticks, *now);
    recount(managed);
    records.push_back({id, carrier_of(*process, managed.cgroup, managed.tasks[id])});
    if (!wanted_.contains(id)) leaving_.push_back({*process, id});
  }
  suspects_ = std::move(suspects);
  if (!records.empty()) unsettled_ = true;
  return records;
}

std::vector<TaskId> ManagedTasks::audit() {
  std::vector<TaskId> gone;
  bool refreshed = false;
  for (auto& [process, managed] : processes_) {
    for (auto entry = managed.tasks.begin(); entry != managed.tasks.end();) {
      auto& [id, task] = *entry;
      Result<ReadValues> now = scheduling_.get(id.tid);
      const bool looks_changed = now && now->values != task.held;
      if (looks_changed && !refreshed) {
        refreshed = true;
        scheduling_.refresh_default();
        now = scheduling_.get(id.tid);
      }
      const bool differs = now && now->values != task.held;
      const bool is_over =
          (!now && now.error().code == Errc::not_found) || (differs && !is_same(id));
      // A task whose own policy kept us away and is another now is new to us.
      const bool was_away = task.state == State::real_time || task.state == State::own_idle;
      if (is_over || (differs && was_away)) {
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
  }
  std::erase_if(processes_, [](const auto& entry) { return entry.second.tasks.empty(); });
  return gone;
}

}  // namespace gthulhu
