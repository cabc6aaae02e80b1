// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "app/ports/node_scheduler.h"

namespace gthulhu {

// A scheduler that does as it is told at once.
// Threads: as the port says, from one; set it up before.
class FakeNodeScheduler : public NodeScheduler {
 public:
  FakeNodeScheduler() { reset_scheduler(); }

  SchedulerStatus now;
  std::vector<RuledThread> threads;
  std::string stop_error;  // of the enforcer that is to do the work; empty: none

  [[nodiscard]] SchedulerStatus scheduler_status() override { return now; }

  [[nodiscard]] std::vector<RuledThread> ruled_threads(std::size_t most) override {
    std::vector<RuledThread> told = threads;
    if (told.size() > most) told.resize(most);
    return told;
  }

  Result<> stop_scheduler() override {
    now.state = SchedulerState::stopped;
    now.enforcer = EnforcerKind::cfs;
    if (stop_error.empty()) return {};
    return Error{Errc::unavailable, stop_error, ""};
  }

  void reset_scheduler() final {
    now.state = SchedulerState::attached;
    now.enforcer = EnforcerKind::sched_ext;
  }
};

}  // namespace gthulhu
