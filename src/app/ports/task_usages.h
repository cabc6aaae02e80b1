// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "core/model/process.h"
#include "core/model/task_usage.h"

namespace gthulhu {

// What tasks of this node have used.
//
// Threads: one at a time.
class TaskUsages {
 public:
  virtual ~TaskUsages() = default;

  // One for each task, in the same order; nothing for a task that has ended. Errc::unavailable when
  // that cannot be told.
  virtual Result<std::vector<std::optional<TaskUsage>>> of(const std::vector<TaskId>& tasks) = 0;
};

}  // namespace gthulhu
