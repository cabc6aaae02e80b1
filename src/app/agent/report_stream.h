// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <optional>

#include "app/ports/report_sink.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/sync/report_log.h"

namespace gthulhu {

// The reports of a node for whoever asks for what is new, besides the sink that gets them all.
//
// Threads: all functions from anywhere.
class ReportStream : public ReportSink {
 public:
  // `next` outlives this.
  ReportStream(const Clock& clock, ReportSink& next);

  void node_reported(NodeReport report) override;

  // As soon as there is something after that number, or, without it, at once; at the latest after
  // `longest`, and when stop() is called, with no changes.
  ReportLog::Changes wait(std::optional<std::uint64_t> after, std::chrono::milliseconds longest);
  [[nodiscard]] std::uint64_t sequence() const;

  // Nobody waits any more.
  void stop();

 private:
  ReportSink& next_;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  ReportLog log_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace gthulhu
