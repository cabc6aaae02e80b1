// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "base/result.h"

namespace gthulhu {

// How long a task may run before the kernel looks for another: 100 µs…100 ms
// (the kernel's own bounds of sched_attr::sched_runtime for fair tasks, kernel/sched/syscalls.c),
// or "the enforcer's default". Called executionTime on the wire, in nanoseconds. Design D7.
class Slice {
 public:
  static constexpr std::chrono::nanoseconds shortest{100'000};
  static constexpr std::chrono::nanoseconds longest{100'000'000};

  Slice() = default;  // the enforcer's default

  // 0 is the default; Errc::invalid_argument for others out of bounds, the message begins with
  // `field`.
  static Result<Slice> parse(std::int64_t nanoseconds, std::string_view field = "executionTime");

  // Of a value that is stored already: the nearest one in bounds, 0 for ≤ 0.
  static Slice clamp(std::int64_t nanoseconds);

  [[nodiscard]] bool is_default() const { return length_.count() == 0; }
  [[nodiscard]] std::chrono::nanoseconds length() const { return length_; }

  auto operator<=>(const Slice&) const = default;

 private:
  explicit Slice(std::chrono::nanoseconds length) : length_(length) {}

  std::chrono::nanoseconds length_{0};
};

}  // namespace gthulhu
