// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "core/model/scheduler_report.h"

namespace gthulhu {

// The last that a scheduler told of itself, with counts that never fall: one that is smaller than
// the last time was begun anew by a scheduler that has started again, and is added to what was.
//
// Threads: all functions from anywhere.
class SchedulerFigures {
 public:
  // A count that is left out stays as it is; any other figure is then 0.
  void take(const SchedulerReport& report);

  // Nothing before the first report.
  [[nodiscard]] std::optional<SchedulerNumbers> shown() const;

 private:
  mutable std::mutex mutex_;  // guards everything below
  bool is_told_ = false;
  SchedulerNumbers last_;    // as told
  SchedulerNumbers before_;  // of earlier lives of the scheduler
};

}  // namespace gthulhu
