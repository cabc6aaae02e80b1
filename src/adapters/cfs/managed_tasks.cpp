// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/managed_tasks.h"

#include <algorithm>
#include <utility>

#include "adapters/cfs/targets.h"

namespace gthulhu {

namespace {

using State = ManagedTasks::State;

// Enough for the processes of several strategies that go at once.
constexpr std::size_t former_max = 20'000;

State state_of(const Error& error) {
  return error.code == Errc::forbidden ? State::forbidden : State::refused;
}

}  // namespace

ManagedTasks::Task ManagedTasks::Task::taken_over(const SchedValues& base,
                                                  std::uint64_t since_ticks,
                                                  const ReadValues& now) {
  Task task;
  task.reset_on_fork = now.reset_on_fork;
  task.since_ticks = since_ticks;
  task.base = task.previous = base;
  task.held = task.target = now.values;
  return task;
}

Carrier ManagedTasks::carrier_of(const TaskId& process,
                                 const std::string& cgroup,
                                 const Task& task) {
  const bool is_settled = task.held == task.target;
  return Carrier{process,
                 cgroup,
                 task.since_ticks,
                 task.reset_on_fork,
                 task.base,
                 task.target,
                 is_settled ? task.previous : task.held};
}

bool ManagedTasks::is_same(const TaskId& id) const {
  const Result<TaskStat> found = files_.stat(id.tid);
  return found && found->start_ticks == id.start_ticks;
}

std::vector<TaskRecord> ManagedTasks::records() const {
  std::vector<TaskRecord> result;
  for (const auto& [process, managed] : processes_) {
    for (const auto& [id, task] : managed.tasks) {
      if (task.is_changed()) {
        result.push_back({id, carrier_of(process, managed.cgroup, task)});
      }
    }
  }
  return result;
}

void ManagedTasks::recount(Managed& managed) {
  changed_ -= managed.changed;
  managed.changed = static_cast<std::size_t>(
      std::count_if(managed.tasks.begin(), managed.tasks.end(),
                    [](const auto& entry) { return entry.second.is_changed(); }));
  changed_ += managed.changed;
}

void ManagedTasks::remember(Carrier former) {
  former_cgroups_.insert(former.cgroup);
  former_.push_back(std::move(former));
}

void ManagedTasks::remember_if_ours(const TaskId& process,
                                    const Managed& managed,
                                    const Task& task) {
  if (!task.is_changed()) return;
  remember(carrier_of(process, managed.cgroup, task));
  if (former_.size() > former_max) former_.pop_front();
}

void ManagedTasks::forget_former() {
  former_.clear();
  former_cgroups_.clear();
  suspects_.clear();
}

bool ManagedTasks::is_managed(const TaskId& process, const TaskId& id) const {
  const auto found = processes_.find(process);
  return found != processes_.end() && found->second.tasks.contains(id);
}

void ManagedTasks::take_over(const std::map<TaskId, TaskRecord>& records) {
  for (const auto& [id, record] : records) {
    const Carrier& carrier = record.carrier;
    if (!is_same(id)) continue;
    const Result<ReadValues> now = scheduling_.get(id.tid);
    if (!now) continue;
    // Its own values: our write never happened. Others: its program changed it since.
    const bool holds_ours = now->values == carrier.applied || now->values == carrier.previous;
    if (!holds_ours || now->values == carrier.base) continue;
    Managed& managed = processes_[carrier.process];
    managed.cgroup = carrier.cgroup;
    managed.tasks[id] = Task::taken_over(carrier.base, carrier.since_ticks, *now);
    recount(managed);
  }
  // Of those that ended, children may be left.
  for (const auto& [id, record] : records) {
    if (!is_managed(record.carrier.process, id)) remember(record.carrier);
  }
  unsettled_ = true;
}

void ManagedTasks::begin_plan() {
  unsettled_ = false;
  planned_.clear();
  leaving_.clear();
  left_cgroups_.clear();
  could_be_inherited_.clear();
}

std::vector<TaskRecord> ManagedTasks::plan(const Decisions& wanted) {
  begin_plan();
  wanted_.clear();
  for (const Shared<PodDecisions>& pod : wanted) {
    for (const Decision& decision : pod->processes) plan_process(*pod, decision);
  }
  for (const auto& [process, managed] : processes_) {
    if (managed.tasks.empty()) leaving_.push_back({process, process});
    for (const auto& [id, task] : managed.tasks) {
      if (!wanted_.contains(id)) leaving_.push_back({process, id});
    }
  }
  return planned_records();
}

std::vector<TaskRecord> ManagedTasks::plan_changes(const std::vector<PodChange>& changes) {
  begin_plan();
  std::vector<DecisionChanges> decisions;
  decisions.reserve(changes.size());
  for (const PodChange& change : changes) decisions.push_back(decision_changes(change));
  // First what goes: a task that moved from pod to pod is wanted again below.
  for (const DecisionChanges& change : decisions) {
    for (const Decision* const gone : change.gone) {
      for (const Thread& thread : gone->process->threads) {
        wanted_.erase(thread.id);
        leaving_.push_back({gone->process->id, thread.id});
      }
    }
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const Decision* const come : decisions[i].come) plan_process(*changes[i].now, *come);
  }
  std::erase_if(leaving_, [&](const Leaving& leaving) { return wanted_.contains(leaving.id); });
  return planned_records();
}

std::vector<TaskRecord> ManagedTasks::planned_records() const {
  std::vector<TaskRecord> records;
  records.reserve(planned_.size());
  for (const Planned& planned : planned_) {
    const std::string& cgroup = processes_.at(planned.process).cgroup;
    records.push_back({planned.id, carrier_of(planned.process, cgroup, planned.next)});
  }
  return records;
}

void ManagedTasks::plan_process(const PodDecisions& pod, const Decision& decision) {
  Managed& managed = processes_[decision.process->id];
  const bool is_by_pod = pod.whole && pod.whole->intent == decision.intent;
  std::string pod_cgroup = is_by_pod ? pod.whole->cgroup->path : std::string();
  const bool may_have_moved = managed.cgroup.empty() || managed.pod_cgroup != pod_cgroup ||
                              (pod_cgroup.empty() && managed.intent != decision.intent);
  if (may_have_moved) {
    if (Result<std::string> cgroup = files_.cgroup(decision.process->id.tid)) {
      managed.cgroup = *std::move(cgroup);
    }
  }
  managed.pod_cgroup = std::move(pod_cgroup);
  managed.intent = decision.intent;
  for (const Thread& thread : decision.process->threads) {
    wanted_.insert(thread.id);
    plan_task(decision, thread.id, managed);
  }
  recount(managed);
}

void ManagedTasks::plan_task(const Decision& decision, const TaskId& id, Managed& managed) {
  const auto found = managed.tasks.find(id);
  if (found == managed.tasks.end()) return plan_newcomer(decision, id, managed);

  Task& task = found->second;
  const bool is_new_wish = task.priority != decision.priority || task.slice != decision.slice;
  task.priority = decision.priority;
  task.slice = decision.slice;
  if (task.state == State::real_time || task.state == State::own_idle) return;
  if (task.state == State::changed) {
    if (!is_new_wish) return;
    // A new wish starts from what the program has chosen.
    managed.tasks.erase(found);
    return plan_newcomer(decision, id, managed);
  }
  TaskTarget target =
      task_target(task.base, decision.priority, decision.slice, scheduling_.takes_slices());
  target.values.slice_ns = scheduling_.as_read(target.values.slice_ns);
  task.clamped = target.clamped;
  if (target.values == task.held) {
    task.target = target.values;
    task.state = State::in_force;
    return;
  }
  Task next = task;
  next.target = target.values;
  planned_.push_back({decision.process->id, id, next});
}

void ManagedTasks::write() {
  std::set<TaskId> touched;
  for (const Planned& planned : std::exchange(planned_, {})) {
    write_one(planned);
    touched.insert(planned.process);
  }
  for (const TaskId& process : touched) recount(processes_.at(process));
}

void ManagedTasks::write_one(const Planned& planned) {
  const Result<TaskStat> found = files_.stat(planned.id.tid);
  if (!found) unsettled_ = unsettled_ || found.error().code != Errc::not_found;
  if (!found || found->start_ticks != planned.id.start_ticks) return;
  const Result<ReadValues> now = scheduling_.get(planned.id.tid);
  if (!now) {
    unsettled_ = unsettled_ || now.error().code != Errc::not_found;
    return;
  }
  Managed& managed = processes_[planned.process];
  const bool is_known = managed.tasks.contains(planned.id);
  if (now->values != planned.next.held) {
    unsettled_ = true;
    if (!is_known) return;  // its program is still setting up; the next pass looks again
    ++differences_;
    Task& task = managed.tasks[planned.id];
    task.held = now->values;
    task.state = State::changed;
    return;
  }
  Task task = planned.next;
  task.state = State::in_force;
  if (now->values != task.target) {
    task.previous = task.held;
    const Result<> written = scheduling_.set(planned.id.tid, *now, task.target);
    const Result<ReadValues> back = scheduling_.get(planned.id.tid);
    if (!written) task.state = state_of(written.error());
    if (back) task.held = back->values;
    if (!back) task.state = State::refused;
    if (back && written && back->values != task.target) task.state = State::refused;
    if (task.state != State::in_force) unsettled_ = true;
    // Unread, so either of the two: the record on disk names both.
    if (!back && written) task.held = task.target;
  }
  managed.tasks[planned.id] = task;
}

std::vector<TaskId> ManagedTasks::restore_leaving() {
  std::vector<TaskId> gone;
  std::set<TaskId> touched;
  for (const Leaving& leaving : std::exchange(leaving_, {})) {
    const auto process = processes_.find(leaving.process);
    if (process == processes_.end()) continue;
    touched.insert(leaving.process);
    Managed& managed = process->second;
    const auto task = managed.tasks.find(leaving.id);
    if (task == managed.tasks.end()) continue;
    if (!restore_one(leaving.process, leaving.id, managed, task->second)) continue;
    gone.push_back(leaving.id);
    managed.tasks.erase(task);
  }
  for (const TaskId& process : touched) {
    recount(processes_.at(process));
    forget_if_over(process);
  }
  return gone;
}

void ManagedTasks::forget_if_over(const TaskId& process) {
  const auto found = processes_.find(process);
  if (found == processes_.end() || !found->second.tasks.empty()) return;
  const bool is_planned =
      std::ranges::any_of(planned_, [&](const Planned& one) { return one.process == process; });
  if (!is_planned) processes_.erase(found);
}

bool ManagedTasks::restore_one(const TaskId& process,
                               const TaskId& id,
                               const Managed& managed,
                               Task& task) {
  if (!task.is_changed()) return true;
  remember_if_ours(process, managed, task);
  if (!is_same(id)) return true;
  // It may have forked children meanwhile.
  left_cgroups_.insert(managed.cgroup);
  const Result<ReadValues> now = scheduling_.get(id.tid);
  if (!now && now.error().code == Errc::not_found) return true;
  // Its program's own later change wins.
  if (now && now->values != task.held) return true;
  if (now && scheduling_.set(id.tid, *now, task.base)) return true;
  task.state = State::refused;
  unsettled_ = true;
  return !is_same(id);
}

}  // namespace gthulhu
