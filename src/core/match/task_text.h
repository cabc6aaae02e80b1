// SPDX-License-Identifier: Apache-2.0
//
// What /proc says of a task, as text. Formats: proc_pid_stat(5), proc_pid_status(5),
// Documentation/scheduler/sched-stats.rst of Linux.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/task_usage.h"

namespace gthulhu {

// Of a /proc/…/stat.
struct TaskStat {
  std::string comm;
  pid_t parent = 0;               // field 4, a process id
  std::uint64_t start_ticks = 0;  // field 22, clock ticks since boot
  bool is_ending = false;         // fields 3 and 9: a zombie, or on its way to become one

  bool operator==(const TaskStat&) const = default;
};

// comm may hold blanks, parentheses and line ends: it reaches to the last ')'. Nothing for what the
// kernel does not write.
std::optional<TaskStat> parse_stat(std::string_view text);

// The process of a thread, out of its /proc/…/status.
std::optional<pid_t> parse_tgid(std::string_view text);

// The numbers in a cgroup's list of tasks or processes (cgroup.procs, cgroup.threads, tasks:
// cgroups(7)), in its order. A 0 stands for one outside of the own PID namespace and is left out.
std::vector<pid_t> parse_task_list(std::string_view text);

// Into `usage`: the times and runs of a /proc/…/schedstat, switches and migrations of a
// /proc/…/sched, switches of a /proc/…/status. What the text lacks stays as it was; false when that
// is all.
bool take_schedstat(std::string_view text, TaskUsage& usage);
bool take_sched(std::string_view text, TaskUsage& usage);
bool take_status(std::string_view text, TaskUsage& usage);

}  // namespace gthulhu
