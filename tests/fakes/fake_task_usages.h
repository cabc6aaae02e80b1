// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "app/ports/task_usages.h"

namespace gthulhu {

// Tasks that used what the test says; others have ended. Threads: as the port says.
class FakeTaskUsages : public TaskUsages {
 public:
  std::map<TaskId, TaskUsage> used;
  std::optional<Error> broken;  // while set, every call answers with this
  std::size_t asked = 0;        // of how many tasks so far

  Result<std::vector<std::optional<TaskUsage>>> of(const std::vector<TaskId>& tasks) override {
    if (broken) return *broken;
    std::vector<std::optional<TaskUsage>> usages;
    for (const TaskId task : tasks) {
      ++asked;
      const auto found = used.find(task);
      usages.push_back(found == used.end() ? std::nullopt : std::optional(found->second));
    }
    return usages;
  }
};

}  // namespace gthulhu
