// SPDX-License-Identifier: Apache-2.0
#include "app/agent/report_stream.h"

#include <utility>

namespace gthulhu {

// Numbers of a later run are above those of an earlier one, unless the clock was set back; then a
// manager gets everything once more, or waits for nothing longer than it asked to.
ReportStream::ReportStream(const Clock& clock, ReportSink& next)
    : next_(next), log_(static_cast<std::uint64_t>(clock.now().time_since_epoch().count())) {}

void ReportStream::node_reported(NodeReport report) {
  {
    const MutexLock lock(mutex_);
    log_.add(report);
  }
  changed_.notify_all();
  next_.node_reported(std::move(report));
}

ReportLog::Changes ReportStream::wait(std::optional<std::uint64_t> after,
                                      std::chrono::milliseconds longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  const MutexLock lock(mutex_);
  while (after == log_.sequence() && !stopping_) {
    if (changed_.wait_until(mutex_, end) == std::cv_status::timeout) break;
  }
  return log_.since(after);
}

std::uint64_t ReportStream::sequence() const {
  const MutexLock lock(mutex_);
  return log_.sequence();
}

void ReportStream::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace gthulhu
