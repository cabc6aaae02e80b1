// SPDX-License-Identifier: Apache-2.0
#include "core/match/cpu_stat.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace gthulhu {

namespace {

// As far as nanoseconds reach: 292 years.
std::chrono::nanoseconds time_of(std::uint64_t count, std::uint64_t ns_each) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(count, most / ns_each)) *
                                  static_cast<std::int64_t>(ns_each));
}

}  // namespace

Throttling parse_cpu_stat(std::string_view content) {
  Throttling counts;
  while (!content.empty()) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(line.size() + 1, content.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    std::uint64_t value = 0;
    const std::string_view digits = line.substr(space + 1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) {
      continue;
    }
    const std::string_view name = line.substr(0, space);
    if (name == "nr_periods") counts.periods = value;
    if (name == "nr_throttled") counts.throttled_periods = value;
    if (name == "throttled_usec") counts.time = time_of(value, 1'000);
    if (name == "throttled_time") counts.time = time_of(value, 1);
  }
  return counts;
}

}  // namespace gthulhu
