// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/clock.h"

namespace gthulhu {

// Stands still until it is told otherwise. Begins at 2026-11-25 00:00:00 UTC. Threads: from
// anywhere.
class FakeClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] MonotonicTime monotonic() const override { return monotonic_; }

  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override { return thread_cpu_; }

  // Time passes on both clocks, and nobody uses a CPU.
  void advance(std::chrono::milliseconds by) {
    now_ = now_.load() + by;
    monotonic_ = monotonic_.load() + by;
  }

  // As if work took this long of a CPU.
  void work(std::chrono::nanoseconds by) { thread_cpu_ = thread_cpu_.load() + by; }

  // Somebody sets the wall clock; intervals do not notice.
  void set(TimePoint now) { now_ = now; }

 private:
  std::atomic<TimePoint> now_{TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}}};
  std::atomic<MonotonicTime> monotonic_{MonotonicTime{std::chrono::hours{1}}};
  std::atomic<std::chrono::nanoseconds> thread_cpu_{std::chrono::nanoseconds{0}};
};

}  // namespace gthulhu
