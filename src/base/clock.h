// SPDX-License-Identifier: Apache-2.0
//
// Every "now" comes through Clock, so that tests control it. Only loops hold
// one; nothing below them asks what time it is.
#pragma once

#include <chrono>

namespace gthulhu {

// Wall clock, for what is stored and shown.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
// Never jumps; for deadlines and intervals.
using MonotonicTime = std::chrono::steady_clock::time_point;

// Threads: all functions from anywhere.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
  // What the calling thread has used of a CPU; only differences mean something.
  [[nodiscard]] virtual std::chrono::nanoseconds thread_cpu() const = 0;
};

}  // namespace gthulhu
