// SPDX-License-Identifier: Apache-2.0
#include "app/agent/scheduler_figures.h"

#include <limits>

namespace gthulhu {

namespace {

// Stays at the largest number: going round would be a fall.
std::uint64_t sum(std::uint64_t left, std::uint64_t right) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return right > most - left ? most : left + right;
}

SchedulerFigure figure_at(std::size_t position) {
  return static_cast<SchedulerFigure>(position);
}

}  // namespace

void SchedulerFigures::take(const SchedulerReport& report) {
  const std::lock_guard lock(mutex_);
  is_told_ = true;
  for (std::size_t i = 0; i < scheduler_figure_count; ++i) {
    const SchedulerFigure figure = figure_at(i);
    const std::optional<std::uint64_t> told = report[figure];
    if (!is_count(figure)) {
      last_[figure] = told.value_or(0);
    } else if (told) {
      if (*told < last_[figure]) before_[figure] = sum(before_[figure], last_[figure]);
      last_[figure] = *told;
    }
  }
}

std::optional<SchedulerNumbers> SchedulerFigures::shown() const {
  const std::lock_guard lock(mutex_);
  if (!is_told_) return std::nullopt;
  SchedulerNumbers numbers;
  for (std::size_t i = 0; i < scheduler_figure_count; ++i) {
    const SchedulerFigure figure = figure_at(i);
    numbers[figure] = sum(before_[figure], last_[figure]);
  }
  return numbers;
}

}  // namespace gthulhu
