// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "adapters/cgroupfs/task_files.h"
#include "app/ports/task_usages.h"

namespace gthulhu {

// Of /proc/TID/schedstat and /proc/TID/sched (status where that is missing): about 10 µs for each
// task.
class ProcTaskUsages : public TaskUsages {
 public:
  // Errc::unavailable when /proc cannot be opened.
  static Result<ProcTaskUsages> open(const std::string& proc_root = "/proc");

  Result<std::vector<std::optional<TaskUsage>>> of(const std::vector<TaskId>& tasks) override;

 private:
  explicit ProcTaskUsages(TaskFiles files) : files_(std::move(files)) {}

  TaskFiles files_;
};

}  // namespace gthulhu
