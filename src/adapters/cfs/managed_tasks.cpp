// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/managed_tasks.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "adapters/cfs/targets.h"

namespace gthulhu {

namespace {

using State = ManagedTasks::State;

// Enough for the processes of several strategies that go at once.
constexpr std::size_t former_max = 20'000;

bool is_carried(State state) {
  return state == State::in_force || state == State::refused || state == State::forbidden;
}

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

Carrier ManagedTasks::carrier_of(const TaskId& process, const Managed& managed, const Task& task) {
  const bool is_settled = task.held == task.target;
  return Carrier{process,
                 managed.cgroup,
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

std::vector<Carrier> ManagedTasks::carriers() const {
  std::vector<Carrier> result = former_;
  for (const auto& [process, managed] : processes_) {
    for (const auto& [id, task] : managed.tasks) {
      if (!is_carried(task.state)) continue;
      if (task.held == task.base && task.target == task.base) continue;
      result.push_back(carrier_of(process, managed, task));
    }
  }
  return result;
}

std::vector<TaskRecord> ManagedTasks::records() const {
  std::vector<TaskRecord> result;
  for (const auto& [process, managed] : processes_) {
    for (const auto& [id, task] : managed.tasks) {
      if (is_carried(task.state) && task.held != task.base) {
        result.push_back({id, carrier_of(process, managed, task)});
      }
    }
  }
  return result;
}

std::size_t ManagedTasks::count() const {
  std::size_t result = 0;
  for (const auto& [process, managed] : processes_) {
    result += static_cast<std::size_t>(
        std::count_if(managed.tasks.begin(), managed.tasks.end(), [](const auto& entry) {
          return is_carried(entry.second.state) && entry.second.held != entry.second.base;
        }));
  }
  return result;
}

std::set<std::string> ManagedTasks::cgroups() const {
  std::set<std::string> result;
  for (const auto& [process, managed] : processes_) result.insert(managed.cgroup);
  for (const Carrier& carrier : former_) result.insert(carrier.cgroup);
  return result;
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
  }
  // Of those that ended, children may be left.
  for (const auto& [id, record] : records) {
    const auto found = processes_.find(record.carrier.process);
    const bool is_managed = found != processes_.end() && found->second.tasks.contains(id);
    if (!is_managed) former_.push_back(record.carrier);
  }
  unsettled_ = true;
}

std::vector<TaskRecord> ManagedTasks::plan(const Decisions& wanted) {
  unsettled_ = false;
  wanted_.clear();
  planned_.clear();
  left_cgroups_.clear();
  carriers_before_.reset();
  for (const Shared<PodDecisions>& pod : wanted) {
    for (const Decision& decision : pod->processes) plan_process(*pod, decision);
  }
  carriers_before_.reset();

  std::vector<TaskRecord> records;
  for (const Planned& planned : planned_) {
    records.push_back(
        {planned.id, carrier_of(planned.process, processes_.at(planned.process), planned.next)});
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
  const bool new_wish = managed.priority != decision.priority || managed.slice != decision.slice;
  managed.pod_cgroup = std::move(pod_cgroup);
  managed.intent = decision.intent;
  managed.priority = decision.priority;
  managed.slice = decision.slice;
  for (const Thread& thread : decision.process->threads) {
    wanted_.insert(thread.id);
    plan_task(decision, thread.id, managed, new_wish);
  }
}

void ManagedTasks::plan_task(const Decision& decision,
                             const TaskId& id,
                             Managed& managed,
                             bool new_wish) {
  const auto found = managed.tasks.find(id);
  if (found == managed.tasks.end()) return plan_newcomer(decision, id, managed);

  Task& task = found->second;
  if (task.state == State::real_time || task.state == State::own_idle) return;
  if (task.state == State::changed) {
    if (!new_wish) return;
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

const std::vector<Carrier>& ManagedTasks::carriers_before() {
  if (!carriers_before_) carriers_before_ = carriers();
  return *carriers_before_;
}

void ManagedTasks::plan_newcomer(const Decision& decision,
                                 const TaskId& id,
                                 const Managed& managed) {
  if (!is_same(id)) return;  // gone, or not listed again yet under its new start time
  const Result<ReadValues> now = scheduling_.get(id.tid);
  if (!now) {
    unsettled_ = unsettled_ || now.error().code != Errc::not_found;
    return;
  }
  Task task;
  task.base = task.held = task.target = task.previous = now->values;
  task.reset_on_fork = now->reset_on_fork;
  task.since_ticks = ticks_since_boot();
  if (now->values.is_real_time()) {
    task.state = State::real_time;
    processes_[decision.process->id].tasks[id] = task;
    return;
  }
  const std::vector<Carrier>& known = carriers_before();
  const bool may_inherit = std::any_of(known.begin(), known.end(), [&](const Carrier& carrier) {
    return carrier.could_pass_on(now->values);
  });
  if (may_inherit) {
    const Newcomer newcomer{id, decision.process->id, files_.ancestors(id.tid), managed.cgroup,
                            now->values};
    if (const auto inherited = inherited_by(newcomer, known)) {
      task.base = inherited->base;
      task.since_ticks = inherited->since_ticks;
    }
  }
  if (task.base.is_idle()) {
    task.state = State::own_idle;
    processes_[decision.process->id].tasks[id] = task;
    return;
  }
  TaskTarget target =
      task_target(task.base, decision.priority, decision.slice, scheduling_.takes_slices());
  target.values.slice_ns = scheduling_.as_read(target.values.slice_ns);
  task.clamped = target.clamped;
  task.target = target.values;
  if (task.target == task.base && task.held == task.base) {
    processes_[decision.process->id].tasks[id] = task;
    return;
  }
  planned_.push_back({decision.process->id, id, task});
}

void ManagedTasks::write() {
  for (const Planned& planned : std::exchange(planned_, {})) write_one(planned);
}

void ManagedTasks::write_one(const Planned& planned) {
  if (!is_same(planned.id)) return;
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
  for (auto process = processes_.begin(); process != processes_.end();) {
    Managed& managed = process->second;
    for (auto entry = managed.tasks.begin(); entry != managed.tasks.end();) {
      const bool leaves = !wanted_.contains(entry->first);
      if (leaves && restore_one(process->first, entry->first, managed, entry->second)) {
        gone.push_back(entry->first);
        entry = managed.tasks.erase(entry);
      } else {
        ++entry;
      }
    }
    const bool is_over =
        managed.tasks.empty() &&
        std::none_of(planned_.begin(), planned_.end(),
                     [&](const Planned& planned) { return planned.process == process->first; });
    process = is_over ? processes_.erase(process) : std::next(process);
  }
  return gone;
}

bool ManagedTasks::restore_one(const TaskId& process,
                               const TaskId& id,
                               const Managed& managed,
                               Task& task) {
  if (!is_carried(task.state) || task.held == task.base) return true;
  former_.push_back(carrier_of(process, managed, task));
  if (former_.size() > former_max) former_.erase(former_.begin());
  left_cgroups_.insert(managed.cgroup);
  if (!is_same(id)) return true;
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
