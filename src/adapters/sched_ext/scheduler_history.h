// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/bpf/scheduler_program.h"
#include "base/clock.h"
#include "core/model/scheduler_status.h"

namespace gthulhu {

// What is remembered of schedulers that are gone.
//
// Threads: as a value.
class SchedulerHistory {
 public:
  // So many ends are remembered one by one.
  static constexpr std::size_t exits_most = 16;

  // Of one that is let go.
  void add(const SchedulerCounts& counts) { counts_ = counts_ + counts; }
  // The kernel had it no more.
  void ended(const SchedulerEnd& end, TimePoint now);
  void could_not_attach(std::string reason, TimePoint now);
  // The same state again changes nothing.
  void is_now(SchedulerState state, TimePoint now);

  // Fills in what is known here: since when, ends, and counts, those of `attached` included.
  void tell(SchedulerStatus& status, const SchedulerProgram* attached) const;

 private:
  void keep(SchedulerExit exit);

  SchedulerState state_ = SchedulerState::none;
  std::optional<TimePoint> since_;
  std::vector<SchedulerExit> exits_;
  std::array<std::uint64_t, all_scheduler_exit_kinds.size()> exit_counts_{};
  std::string dump_;
  SchedulerCounts counts_;
};

}  // namespace gthulhu
