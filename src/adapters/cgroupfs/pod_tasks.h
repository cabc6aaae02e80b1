// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/cgroupfs/task_files.h"
#include "adapters/cgroupfs/workload.h"
#include "base/clock.h"
#include "core/model/cgroup.h"
#include "core/model/process.h"

namespace gthulhu {

// How often what is known of a task is read again.
struct RereadPace {
  std::chrono::nanoseconds comm{0};   // of processes that were young long ago
  std::chrono::nanoseconds start{0};  // to notice a number that was given to another task

  // 500 ms and 1 s; more slowly with so many tasks that it would cost more than a hundredth of a
  // CPU.
  static RereadPace of(std::size_t processes, std::size_t threads);
};

// The processes of one pod, remembered from one look to the next, so that a pod in which nothing
// happened costs the reading of its task lists.
//
// A process of which only some threads are in the pod (v1, threaded cgroups) has only those in
// `threads`.
//
// Threads: one at a time.
class PodTasks {
 public:
  // After `newness` of a process its name is not read at every look any more: exec comes early.
  static constexpr std::chrono::milliseconds newness{2'000};

  PodTasks(CgroupVersion version, int hierarchy_fd);

  // Errc::unavailable when files could not be read although they exist: then `processes()` is as
  // before. Programs are looked at as often as names.
  Result<> look(const Workload& workload,
                TaskFiles& files,
                MonotonicTime now,
                RereadPace pace,
                bool with_programs = false);

  [[nodiscard]] const Shared<PodProcesses>& processes() const { return assembled_; }
  [[nodiscard]] std::size_t process_count() const { return processes_.size(); }
  [[nodiscard]] std::size_t thread_count() const { return threads_.size(); }

 private:
  struct Listing {
    std::string path;
    std::string text;  // of the task list, as last read
  };
  struct KnownThread {
    std::size_t directory = 0;
    pid_t process = 0;
    std::uint64_t start_ticks = 0;
    std::string comm;
    MonotonicTime next_check;
  };
  struct KnownProcess {
    TaskStat stat;
    MonotonicTime first_seen;
    MonotonicTime next_check;  // of the name
    std::optional<Shared<Program>> program = {};
  };

  Result<> read_lists(const Workload& workload);
  Result<> take_in_lists(TaskFiles& files, MonotonicTime now, RereadPace pace);
  Result<std::optional<KnownThread>> new_thread(pid_t tid,
                                                TaskFiles& files,
                                                MonotonicTime now,
                                                RereadPace pace);
  Result<> keep_processes(TaskFiles& files, MonotonicTime now, RereadPace pace);
  Result<> check_threads(TaskFiles& files, MonotonicTime now, RereadPace pace);
  Result<> check_names(TaskFiles& files, MonotonicTime now, RereadPace pace, bool with_programs);
  Result<> check_program(TaskFiles& files, pid_t number, KnownProcess& process);
  void assemble(const Workload& workload);

  CgroupVersion version_;
  int hierarchy_fd_;
  std::vector<Listing> listings_;
  bool taken_in_ = false;  // all that the listings say is in `threads_`
  bool stale_ = true;      // `assembled_` is not what the maps below say
  std::map<pid_t, KnownThread> threads_;
  std::map<pid_t, KnownProcess> processes_;
  Shared<PodProcesses> assembled_;
};

}  // namespace gthulhu
