// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/match/task_text.h"
#include "core/model/cgroup.h"
#include "core/model/process.h"

namespace gthulhu {

// The path in the hierarchy of the cpu controller, out of /proc/TID/cgroup (cgroups(7)); empty when
// it is not listed.
std::string parse_proc_cgroup(std::string_view text, CgroupVersion version);

// What /proc says of tasks. Threads: any. Errors: Errc::not_found for a task that is gone.
class ProcTasks {
 public:
  // `proc` is the mount of procfs; tests bring a directory of their own.
  ProcTasks(std::string proc, CpuHierarchy hierarchy)
      : proc_(std::move(proc)), hierarchy_(std::move(hierarchy)) {}

  [[nodiscard]] Result<TaskStat> stat(pid_t tid) const;
  [[nodiscard]] Result<std::string> cgroup(pid_t tid) const;
  // The process of a thread.
  [[nodiscard]] Result<TaskId> process_of(pid_t tid) const;
  // The process's parent, its parent, and so on, at most 32.
  [[nodiscard]] std::vector<pid_t> ancestors(pid_t tid) const;
  // Of exactly this cgroup, not those below it. Empty when it is gone.
  [[nodiscard]] std::vector<pid_t> tasks_in(const std::string& cgroup) const;
  // Every task of the machine.
  [[nodiscard]] std::vector<pid_t> all_tasks() const;

  [[nodiscard]] Result<std::string> boot_id() const;
  // On: tasks in the root cpu cgroup compete by session first (sched(7), "The autogroup feature").
  [[nodiscard]] bool autogroup() const;

 private:
  std::string proc_;
  CpuHierarchy hierarchy_;
};

// The present moment in the unit of start times.
std::uint64_t ticks_since_boot();

}  // namespace gthulhu
