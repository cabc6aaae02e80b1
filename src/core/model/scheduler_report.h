// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace gthulhu {

// What the Go system's scheduler tells of itself (contract 6.5).
enum class SchedulerFigure : std::uint8_t {
  last_run_at,
  queued,
  scheduled,
  running,
  online_cpus,
  user_dispatches,
  kernel_dispatches,
  cancelled_dispatches,
  bounced_dispatches,
  failed_dispatches,
  congestions
};
inline constexpr std::size_t scheduler_figure_count = 11;

// Whether it is counted from the scheduler's start on, rather than how things stand.
constexpr bool is_count(SchedulerFigure figure) {
  switch (figure) {
    case SchedulerFigure::last_run_at:
    case SchedulerFigure::queued:
    case SchedulerFigure::scheduled:
    case SchedulerFigure::running:
    case SchedulerFigure::online_cpus: return false;
    case SchedulerFigure::user_dispatches:
    case SchedulerFigure::kernel_dispatches:
    case SchedulerFigure::cancelled_dispatches:
    case SchedulerFigure::bounced_dispatches:
    case SchedulerFigure::failed_dispatches:
    case SchedulerFigure::congestions: return true;
  }
  std::abort();
}

// One number for each figure, by its position in the enumeration.
template <class Number>
class PerFigure {
 public:
  Number& operator[](SchedulerFigure figure) {
    return numbers_.at(static_cast<std::size_t>(figure));
  }
  const Number& operator[](SchedulerFigure figure) const {
    return numbers_.at(static_cast<std::size_t>(figure));
  }

  bool operator==(const PerFigure&) const = default;

 private:
  std::array<Number, scheduler_figure_count> numbers_{};
};

// Nothing for what the scheduler left out.
using SchedulerReport = PerFigure<std::optional<std::uint64_t>>;
using SchedulerNumbers = PerFigure<std::uint64_t>;

}  // namespace gthulhu
