// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/owned.h"
#include "base/result.h"
#include "core/match/task_text.h"
#include "core/model/process.h"
#include "core/model/task_usage.h"

namespace gthulhu {

// Reads the files of single tasks below a /proc. Nothing when the task has ended; Errc::unavailable
// when its files cannot be read, Errc::corrupt when they make no sense.
//
// Threads: one at a time.
class TaskFiles {
 public:
  static Result<TaskFiles> open(const std::string& proc_root);

  // Why tasks that run may look as if they had ended, or to have no program; empty when none do.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  // Of any thread. Costs the same for a thread of a process with thousands as for a single one.
  Result<std::optional<TaskStat>> stat(pid_t tid);
  Result<std::optional<pid_t>> process_of(pid_t tid);
  Result<std::optional<std::string>> comm(pid_t tid);
  // Of a process, sorted; empty when it has ended.
  Result<std::vector<pid_t>> threads_of(pid_t process);
  // What it runs. Who may not be looked at has no exe, and trouble() says so.
  Result<std::optional<Program>> program(pid_t process);
  // The text of its cgroup file.
  Result<std::optional<std::string>> cgroups(pid_t tid);
  // Nothing also when the number belongs to another task by now. What this kernel does not count
  // is 0.
  Result<std::optional<TaskUsage>> usage(TaskId task);

 private:
  TaskFiles(std::string root, Fd proc) : root_(std::move(root)), proc_(std::move(proc)) {}

  std::string root_;
  Fd proc_;
  std::string trouble_;
  std::string buffer_;
};

}  // namespace gthulhu
