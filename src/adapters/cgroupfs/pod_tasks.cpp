// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/pod_tasks.h"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/cgroupfs/small_file.h"
#include "core/match/task_text.h"

namespace gthulhu {

namespace {

using std::chrono::nanoseconds;

// Rereading one file costs about 8 µs: so many a second are less than a hundredth of a CPU.
constexpr int rereads_per_second = 1'000;

// When to look again, spread by number: otherwise the tasks of a pod would all be due at once.
MonotonicTime staggered(MonotonicTime now, nanoseconds pace, pid_t tid) {
  return now + pace - pace / 32 * (tid % 16);
}

}  // namespace

RereadPace RereadPace::of(std::size_t processes, std::size_t threads) {
  const auto spread = [](std::size_t count) {
    return std::chrono::duration_cast<nanoseconds>(std::chrono::seconds(1)) * count /
           rereads_per_second;
  };
  return {std::max<nanoseconds>(std::chrono::milliseconds(500), spread(processes)),
          std::max<nanoseconds>(std::chrono::seconds(1), spread(threads))};
}

PodTasks::PodTasks(CgroupVersion version, int hierarchy_fd)
    : version_(version), hierarchy_fd_(hierarchy_fd) {}

Result<> PodTasks::look(const Workload& workload,
                        TaskFiles& files,
                        MonotonicTime now,
                        RereadPace pace,
                        bool with_programs) {
  TRY(read_lists(workload));
  // A task that changes directories while they are read may be on no list of the first reading.
  if (!taken_in_ && listings_.size() > 1) TRY(read_lists(workload));
  if (!taken_in_) TRY(take_in_lists(files, now, pace));
  TRY(check_threads(files, now, pace));
  if (stale_) TRY(keep_processes(files, now, pace));
  TRY(check_names(files, now, pace, with_programs));
  if (stale_) assemble(workload);
  stale_ = false;
  return {};
}

Result<> PodTasks::read_lists(const Workload& workload) {
  const char* file = version_ == CgroupVersion::v1 ? "/tasks" : "/cgroup.threads";
  if (listings_.size() != workload.directories.size()) taken_in_ = false;
  listings_.resize(workload.directories.size());
  for (std::size_t i = 0; i < listings_.size(); ++i) {
    const std::string& path = workload.directories[i].path;
    // Opened anew at each look: v1 shows the same list for a second to whoever holds it open
    // (cgroup_pidlist_start in kernel/cgroup/cgroup-v1.c).
    std::string text;
    if (TRY(read_small_file(hierarchy_fd_, path.substr(1) + file, text)) == FileState::gone) {
      text.clear();
    }
    if (listings_[i].path == path && listings_[i].text == text) continue;
    listings_[i] = {path, std::move(text)};
    taken_in_ = false;
  }
  return {};
}

Result<> PodTasks::take_in_lists(TaskFiles& files, MonotonicTime now, RereadPace pace) {
  std::map<pid_t, KnownThread> threads;
  bool found_all = true;
  for (std::size_t i = 0; i < listings_.size(); ++i) {
    for (const pid_t tid : parse_task_list(listings_[i].text)) {
      std::optional<KnownThread> thread;
      if (const auto known = threads_.find(tid); known != threads_.end()) {
        thread = known->second;
      } else {
        thread = TRY(new_thread(tid, files, now, pace));
      }
      if (!thread) {
        found_all = false;
        continue;
      }
      thread->directory = i;
      threads.insert_or_assign(tid, *thread);
    }
  }
  threads_ = std::move(threads);
  taken_in_ = found_all;
  stale_ = true;
  return {};
}

Result<std::optional<PodTasks::KnownThread>> PodTasks::new_thread(pid_t tid,
                                                                  TaskFiles& files,
                                                                  MonotonicTime now,
                                                                  RereadPace pace) {
  auto stat = TRY(files.stat(tid));
  if (!stat) return std::nullopt;
  const auto process = TRY(files.process_of(tid));
  if (!process) return std::nullopt;
  KnownThread thread{0, *process, stat->start_ticks, stat->comm, staggered(now, pace.start, tid)};
  if (*process == tid) processes_[tid] = {std::move(*stat), now, staggered(now, pace.comm, tid)};
  return thread;
}

Result<> PodTasks::keep_processes(TaskFiles& files, MonotonicTime now, RereadPace pace) {
  std::set<pid_t> wanted;
  for (const auto& [tid, thread] : threads_) wanted.insert(thread.process);
  std::erase_if(processes_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  for (const pid_t process : wanted) {
    const auto known = processes_.find(process);
    const auto first_thread = threads_.find(process);
    if (known != processes_.end() &&
        (first_thread == threads_.end() ||
         first_thread->second.start_ticks == known->second.stat.start_ticks)) {
      continue;
    }
    const auto stat = TRY(files.stat(process));
    if (stat) {
      processes_[process] = KnownProcess{*stat, now, staggered(now, pace.comm, process)};
    } else {
      processes_.erase(process);
      taken_in_ = false;  // its threads end with it: at the next look they are on no list
      std::erase_if(threads_, [&](const auto& entry) { return entry.second.process == process; });
    }
  }
  return {};
}

Result<> PodTasks::check_threads(TaskFiles& files, MonotonicTime now, RereadPace pace) {
  for (auto entry = threads_.begin(); entry != threads_.end();) {
    auto& [tid, thread] = *entry;
    if (now < thread.next_check) {
      ++entry;
      continue;
    }
    const auto stat = TRY(files.stat(tid));
    const bool is_same = stat && stat->start_ticks == thread.start_ticks;
    if (is_same) {
      thread.next_check = staggered(now, pace.start, tid);
      if (thread.comm != stat->comm) {
        thread.comm = stat->comm;
        stale_ = true;
      }
      const auto process = processes_.find(tid);
      if (process != processes_.end() && process->second.stat.parent != stat->parent) {
        process->second.stat.parent = stat->parent;
        stale_ = true;
      }
      ++entry;
      continue;
    }
    stale_ = true;
    processes_.erase(tid);
    auto another = TRY(new_thread(tid, files, now, pace));
    if (!another) {
      taken_in_ = false;
      entry = threads_.erase(entry);
      continue;
    }
    another->directory = thread.directory;
    thread = *another;
    ++entry;
  }
  return {};
}

Result<> PodTasks::check_names(TaskFiles& files,
                               MonotonicTime now,
                               RereadPace pace,
                               bool with_programs) {
  for (auto& [tid, process] : processes_) {
    const bool is_new = now - process.first_seen < newness;
    // What is first seen now was read just now.
    const bool is_due = process.first_seen != now && (is_new || now >= process.next_check);
    if (with_programs && (is_due || !process.program)) TRY(check_program(files, tid, process));
    if (!is_due) continue;
    process.next_check = staggered(now, pace.comm, tid);
    auto comm = TRY(files.comm(tid));
    if (!comm || *comm == process.stat.comm) continue;
    process.stat.comm = std::move(*comm);
    stale_ = true;
  }
  return {};
}

Result<> PodTasks::check_program(TaskFiles& files, pid_t number, KnownProcess& process) {
  auto program = TRY(files.program(number));
  if (!program || (process.program && **process.program == *program)) return {};
  process.program = *std::move(program);
  stale_ = true;
  return {};
}

void PodTasks::assemble(const Workload& workload) {
  PodProcesses assembled{PodCgroup{workload.pod.uid, workload.pod.cgroup_path}, {}};
  std::map<pid_t, Process> processes;
  for (const auto& [tid, thread] : threads_) {
    const KnownProcess& known = processes_.at(thread.process);
    Process& process = processes[thread.process];
    // A process is called what its first thread is called.
    const bool is_first = tid == thread.process;
    process.threads.push_back(
        {{tid, thread.start_ticks}, is_first ? known.stat.comm : thread.comm});
    // The first thread's directory decides, where it is in the pod.
    if (process.threads.size() > 1 && !is_first) continue;
    process.id = {thread.process, known.stat.start_ticks};
    process.parent = known.stat.parent;
    process.comm = known.stat.comm;
    if (known.program) process.program = *known.program;
    process.container_id = workload.directories[thread.directory].container_id;
  }
  assembled.processes.reserve(processes.size());
  for (auto& [tid, process] : processes) assembled.processes.emplace_back(std::move(process));
  if (assembled != *assembled_) assembled_ = std::move(assembled);
}

}  // namespace gthulhu
