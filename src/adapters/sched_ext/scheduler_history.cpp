// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/scheduler_history.h"

#include <utility>

namespace gthulhu {

void SchedulerHistory::ended(const SchedulerEnd& end, TimePoint now) {
  keep({.at = now,
        .kind = scheduler_exit_kind(end.kind),
        .code = end.code,
        .reason = end.reason,
        .message = end.message});
  dump_ = end.dump;
}

void SchedulerHistory::could_not_attach(std::string reason, TimePoint now) {
  // The dump stays: it is of why it was to be loaded again.
  keep({.at = now,
        .kind = SchedulerExitKind::not_loaded,
        .reason = std::move(reason),
        .message = {}});
}

void SchedulerHistory::keep(SchedulerExit exit) {
  ++exit_counts_.at(static_cast<std::size_t>(exit.kind));
  if (exits_.size() == exits_most) exits_.erase(exits_.begin());
  exits_.push_back(std::move(exit));
}

void SchedulerHistory::is_now(SchedulerState state, TimePoint now) {
  if (state == state_) return;
  state_ = state;
  since_ = now;
}

void SchedulerHistory::tell(SchedulerStatus& status, const SchedulerProgram* attached) const {
  status.since = since_;
  status.exits = exits_;
  status.exit_counts = exit_counts_;
  status.dump = dump_;
  status.counts = attached == nullptr ? counts_ : counts_ + attached->counts();
}

}  // namespace gthulhu
