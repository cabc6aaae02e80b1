// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

#include "base/result.h"

namespace gthulhu {

// How strong a task is against others: −20…20, higher is stronger, 0 neutral.
// One step is a factor of 1.25 of CPU weight, as one step of nice in the kernel
// (sched_prio_to_weight in kernel/sched/core.c); −20 means idle. Design D7.
class Priority {
 public:
  static constexpr int lowest = -20;
  static constexpr int highest = 20;

  Priority() = default;

  // Errc::invalid_argument outside −20…20; the message begins with `field`.
  static Result<Priority> parse(std::int64_t value, std::string_view field = "priority");

  // Of a value that is stored already: the nearest one in range.
  static Priority clamp(std::int64_t value);

  [[nodiscard]] int value() const { return value_; }
  [[nodiscard]] bool is_neutral() const { return value_ == 0; }
  [[nodiscard]] bool is_idle() const { return value_ == lowest; }
  // 1.25 to the power of the priority.
  [[nodiscard]] double weight_factor() const;

  auto operator<=>(const Priority&) const = default;

 private:
  explicit Priority(int value) : value_(value) {}

  int value_ = 0;
};

}  // namespace gthulhu
