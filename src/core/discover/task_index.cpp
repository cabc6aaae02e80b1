// SPDX-License-Identifier: Apache-2.0
#include "core/discover/task_index.h"

#include <algorithm>
#include <utility>

namespace gthulhu {

namespace {

using FoundThread = FoundProcess::FoundThread;

auto position_in(std::vector<FoundThread>& threads, pid_t tid) {
  return std::ranges::lower_bound(threads, tid, {},
                                  [](const FoundThread& found) { return found.thread.id.tid; });
}

FoundThread* find(FoundProcess& process, pid_t tid) {
  const auto found = position_in(process.threads, tid);
  const bool is_there = found != process.threads.end() && found->thread.id.tid == tid;
  return is_there ? &*found : nullptr;
}

// Of the process what is in the pod.
Process part_in(const PodPlaces& places, const FoundProcess& found) {
  Process process{found.id, found.parent, found.comm, {}, {}, {}};
  if (found.program) process.program = *found.program;
  process.threads.reserve(found.threads.size());
  for (const FoundThread& thread : found.threads) {
    const auto place = places.containers.find(thread.cgroup);
    if (place == places.containers.end()) continue;
    // The first thread's place decides, where it is in the pod.
    const bool decides = process.threads.empty() || thread.thread.id.tid == found.id.tid;
    if (decides) process.container_id = place->second;
    process.threads.push_back(thread.thread);
  }
  return process;
}

}  // namespace

std::vector<CgroupId> TaskIndex::pods_are(std::map<PodUid, PodPlaces> pods) {
  std::vector<CgroupId> added;
  std::vector<pid_t> touched;
  are_others_ = true;
  changed_.clear();
  std::erase_if(pods_, [&](auto& entry) {
    auto& [uid, pod] = entry;
    const auto next = pods.find(uid);
    if (next != pods.end() && next->second == pod.places) return false;
    for (const Member& member : pod.members) touched.push_back(member.process);
    for (const auto& [cgroup, container] : pod.places.containers) {
      const bool stays = next != pods.end() && next->second.containers.contains(cgroup);
      if (!stays) places_.erase(cgroup);
    }
    return next == pods.end();
  });
  for (auto& [uid, places] : pods) {
    const auto [known, is_new] = pods_.try_emplace(uid);
    Pod& pod = known->second;
    if (!is_new && pod.places == places) continue;
    pod.places = std::move(places);
    pod.cgroup = PodCgroup{uid, pod.places.cgroup_path};
    touch(pod);
    for (const auto& [cgroup, container] : pod.places.containers) {
      if (places_.insert_or_assign(cgroup, &pod).second) added.push_back(cgroup);
    }
  }
  for (const pid_t process : touched) {
    // Counted anew in the pods as they are now.
    for (auto& [uid, pod] : pods_) {
      const auto member = position(pod.members, process);
      if (member != pod.members.end() && member->process == process) pod.members.erase(member);
    }
    auto known = processes_.extract(process);
    if (known.empty()) continue;
    thread_count_ -= known.mapped().threads.size();
    add(std::move(known.mapped()));
  }
  return added;
}

TaskIndex::Applied TaskIndex::apply(const TaskEvent& event) {
  using Kind = TaskEvent::Kind;
  if (event.kind == Kind::noticed) return Applied::look_at_process;
  const bool is_first = event.task.tid == event.process;
  const auto known = processes_.find(event.process);
  if (known == processes_.end()) {
    if (event.kind == Kind::ended || !is_place(event.cgroup)) return Applied::done;
    const bool tells_all =
        event.kind == Kind::executed || (event.kind == Kind::started && is_first);
    if (!tells_all) return Applied::look_at_process;
    start(event);
    return Applied::done;
  }
  FoundProcess& process = known->second;
  const bool is_known_start = event.task.start_ticks != 0;
  if (is_first && is_known_start && event.task.start_ticks != process.id.start_ticks) {
    // Of one that ended before this one began.
    if (event.task.start_ticks < process.id.start_ticks) return Applied::done;
    remove(event.process);
    return apply(event);
  }
  switch (event.kind) {
    case Kind::started: {
      FoundThread* thread = find(process, event.task.tid);
      if (thread != nullptr && thread->thread.id.start_ticks >= event.task.start_ticks) break;
      if (thread != nullptr) {
        remove_thread(process, static_cast<std::size_t>(thread - process.threads.data()));
      }
      add_thread(process, {{event.task, event.comm}, event.cgroup});
      break;
    }
    case Kind::executed: execute(event, process); break;
    case Kind::renamed: rename(event, process); break;
    case Kind::moved:
    case Kind::process_moved: move(event, process); break;
    case Kind::ended: end(event, process); break;
    case Kind::noticed: break;
  }
  drop_if_outside(event.process);
  return Applied::done;
}

void TaskIndex::start(const TaskEvent& event) {
  add({{event.process, event.task.start_ticks},
       event.parent,
       event.comm,
       {{{event.task, event.comm}, event.cgroup}}});
}

void TaskIndex::execute(const TaskEvent& event, FoundProcess& process) {
  FoundProcess next{
      process.id, event.parent, event.comm, {{{event.task, event.comm}, event.cgroup}}};
  if (next == process && !process.program) return;
  const bool stays = process.id == event.task && process.threads.size() == 1 &&
                     process.threads.front().cgroup == event.cgroup;
  if (stays) {
    process = std::move(next);
    touch(process);
    return;
  }
  remove(event.process);
  add(std::move(next));
}

void TaskIndex::rename(const TaskEvent& event, FoundProcess& process) {
  FoundThread* thread = find(process, event.task.tid);
  if (thread == nullptr || thread->thread.id != event.task) return;
  const bool is_first = event.task == process.id;
  if (thread->thread.comm == event.comm && (!is_first || process.comm == event.comm)) return;
  thread->thread.comm = event.comm;
  if (is_first) process.comm = event.comm;
  touch(process);
}

void TaskIndex::move(const TaskEvent& event, FoundProcess& process) {
  const bool is_whole = event.kind == TaskEvent::Kind::process_moved;
  for (FoundThread& thread : process.threads) {
    if ((!is_whole && thread.thread.id != event.task) || thread.cgroup == event.cgroup) continue;
    leave(thread.cgroup, event.process);
    thread.cgroup = event.cgroup;
    enter(thread.cgroup, event.process);
  }
}

void TaskIndex::end(const TaskEvent& event, FoundProcess& process) {
  const auto thread = position_in(process.threads, event.task.tid);
  if (thread == process.threads.end() || thread->thread.id.tid != event.task.tid) return;
  const bool is_known_start = event.task.start_ticks != 0;
  if (is_known_start && thread->thread.id != event.task) return;
  remove_thread(process, static_cast<std::size_t>(thread - process.threads.begin()));
}

bool TaskIndex::process_is(pid_t process, std::optional<FoundProcess> found) {
  const auto known = processes_.find(process);
  const bool is_ours = found && std::ranges::any_of(found->threads, [&](const FoundThread& thread) {
                         return is_place(thread.cgroup);
                       });
  if (!is_ours) {
    if (known == processes_.end()) return false;
    remove(process);
    return true;
  }
  if (known != processes_.end()) {
    if (known->second == *found) return false;
    // Another name tells that something else was executed; the same does not tell that nothing was.
    const bool is_alike = known->second.id == found->id && known->second.comm == found->comm;
    if (is_alike) found->program = known->second.program;
    remove(process);
  }
  add(*std::move(found));
  return true;
}

void TaskIndex::programs_are_wanted_of(PodSet pods) {
  wanted_ = std::move(pods);
}

std::vector<TaskId> TaskIndex::without_program() const {
  std::vector<TaskId> processes;
  for (const PodUid& uid : *wanted_) {
    const auto pod = pods_.find(uid);
    if (pod == pods_.end()) continue;
    for (const Member& member : pod->second.members) {
      const FoundProcess& known = processes_.at(member.process);
      if (!known.program) processes.push_back(known.id);
    }
  }
  return processes;
}

void TaskIndex::program_is(const TaskId& process, Program program) {
  const auto known = processes_.find(process.tid);
  if (known == processes_.end() || known->second.id != process) return;
  std::optional<Shared<Program>>& present = known->second.program;
  if (present && **present == program) return;
  present = std::move(program);
  touch(known->second);
}

std::optional<FoundProcess> TaskIndex::process(pid_t process) const {
  const auto known = processes_.find(process);
  return known == processes_.end() ? std::nullopt : std::optional(known->second);
}

std::vector<pid_t> TaskIndex::processes_of(const PodUid& pod) const {
  std::vector<pid_t> processes;
  const auto known = pods_.find(pod);
  if (known == pods_.end()) return processes;
  for (const Member& member : known->second.members) processes.push_back(member.process);
  return processes;
}

const RunningPods& TaskIndex::of(const PodSet& pods) {
  if (are_others_ || pods != asked_for_) watch(pods);
  for (const auto& [place, pod] : changed_) watched_[place] = made(*pod);
  changed_.clear();
  return watched_;
}

void TaskIndex::watch(const PodSet& pods) {
  watched_.clear();
  changed_.clear();
  auto wanted = pods->begin();
  for (auto& [uid, pod] : pods_) {
    while (wanted != pods->end() && *wanted < uid) ++wanted;
    pod.watched_at.reset();
    if (wanted == pods->end() || *wanted != uid) continue;
    pod.watched_at = watched_.size();
    watched_.push_back(made(pod));
  }
  asked_for_ = pods;
  are_others_ = false;
}

const Shared<PodProcesses>& TaskIndex::made(Pod& pod) {
  if (!std::exchange(pod.is_stale, false)) return pod.made;
  PodProcesses next{pod.cgroup, {}};
  next.processes.reserve(pod.members.size());
  for (Member& member : pod.members) {
    if (!member.made) member.made = part_in(pod.places, processes_.at(member.process));
    next.processes.push_back(*member.made);
  }
  if (next != *pod.made) pod.made = std::move(next);
  return pod.made;
}

RunningPods TaskIndex::all() {
  RunningPods found;
  found.reserve(pods_.size());
  for (auto& [uid, pod] : pods_) found.push_back(made(pod));
  return found;
}

void TaskIndex::add(FoundProcess process) {
  const pid_t number = process.id.tid;
  for (const FoundThread& thread : process.threads) enter(thread.cgroup, number);
  thread_count_ += process.threads.size();
  processes_.insert_or_assign(number, std::move(process));
  drop_if_outside(number);
}

void TaskIndex::add_thread(FoundProcess& process, FoundThread thread) {
  enter(thread.cgroup, process.id.tid);
  process.threads.insert(position_in(process.threads, thread.thread.id.tid), std::move(thread));
  ++thread_count_;
}

void TaskIndex::remove(pid_t process) {
  const auto known = processes_.extract(process);
  if (known.empty()) return;
  for (const FoundThread& thread : known.mapped().threads) leave(thread.cgroup, process);
  thread_count_ -= known.mapped().threads.size();
}

void TaskIndex::remove_thread(FoundProcess& process, std::size_t index) {
  leave(process.threads[index].cgroup, process.id.tid);
  process.threads.erase(process.threads.begin() + static_cast<std::ptrdiff_t>(index));
  --thread_count_;
}

void TaskIndex::drop_if_outside(pid_t process) {
  const auto known = processes_.find(process);
  if (known == processes_.end()) return;
  const bool is_outside = std::ranges::none_of(
      known->second.threads, [&](const FoundThread& thread) { return is_place(thread.cgroup); });
  if (is_outside) remove(process);
}

std::vector<TaskIndex::Member>::iterator TaskIndex::position(std::vector<Member>& members,
                                                             pid_t process) {
  return std::ranges::lower_bound(members, process, {}, &Member::process);
}

void TaskIndex::enter(CgroupId cgroup, pid_t process) {
  const auto place = places_.find(cgroup);
  if (place == places_.end()) return;
  std::vector<Member>& members = place->second->members;
  auto member = position(members, process);
  if (member == members.end() || member->process != process) {
    member = members.insert(member, Member{.process = process});
  }
  ++member->threads;
  touch(*place->second, *member);
}

void TaskIndex::leave(CgroupId cgroup, pid_t process) {
  const auto place = places_.find(cgroup);
  if (place == places_.end()) return;
  Pod& pod = *place->second;
  const auto member = position(pod.members, process);
  if (member == pod.members.end() || member->process != process) return;
  touch(pod, *member);
  if (--member->threads == 0) pod.members.erase(member);
}

void TaskIndex::touch(Pod& pod) {
  if (pod.watched_at && !pod.is_stale) changed_.emplace_back(*pod.watched_at, &pod);
  pod.is_stale = true;
}

void TaskIndex::touch(Pod& pod, Member& member) {
  member.made.reset();
  touch(pod);
}

void TaskIndex::touch(const FoundProcess& process) {
  for (const FoundThread& thread : process.threads) {
    const auto place = places_.find(thread.cgroup);
    if (place == places_.end()) continue;
    touch(*place->second, *position(place->second->members, process.id.tid));
  }
}

}  // namespace gthulhu
