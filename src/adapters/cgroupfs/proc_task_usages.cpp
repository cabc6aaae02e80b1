// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/proc_task_usages.h"

namespace gthulhu {

Result<ProcTaskUsages> ProcTaskUsages::open(const std::string& proc_root) {
  return ProcTaskUsages(TRY(TaskFiles::open(proc_root)));
}

Result<std::vector<std::optional<TaskUsage>>> ProcTaskUsages::of(const std::vector<TaskId>& tasks) {
  std::vector<std::optional<TaskUsage>> usages;
  usages.reserve(tasks.size());
  for (const TaskId task : tasks) usages.push_back(TRY(files_.usage(task)));
  return usages;
}

}  // namespace gthulhu
