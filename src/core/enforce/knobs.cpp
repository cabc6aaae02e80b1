// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/knobs.h"

#include <algorithm>
#include <cmath>

namespace gthulhu {

namespace {

constexpr int strongest_nice = -20;
constexpr int weakest_nice = 19;

struct Bounds {
  std::uint64_t least;
  std::uint64_t most;
};

constexpr Bounds bounds_of(CgroupVersion version) {
  return version == CgroupVersion::v1 ? Bounds{2, 262'144} : Bounds{1, 10'000};
}

}  // namespace

NiceTarget nice_for(int own_nice, Priority priority) {
  if (priority.is_idle()) return {own_nice, false};
  const int wanted = own_nice - priority.value();
  const int nice = std::clamp(wanted, strongest_nice, weakest_nice);
  return {nice, nice != wanted};
}

TaskPolicy policy_for(Priority priority) {
  return priority.is_idle() ? TaskPolicy::idle : TaskPolicy::own;
}

std::optional<std::chrono::nanoseconds> slice_for(Slice slice, Priority priority) {
  if (!slice.is_default()) return slice.length();
  if (priority.value() > 0) return Slice::shortest;
  return std::nullopt;
}

WeightTarget weight_for(std::uint64_t base, Priority priority, CgroupVersion version) {
  const Bounds bounds = bounds_of(version);
  const auto own = static_cast<double>(std::max(base, bounds.least));
  const auto least = static_cast<double>(bounds.least);
  const auto most = static_cast<double>(bounds.most);
  const double wanted = own * priority.weight_factor();
  const double reached = std::clamp(std::round(wanted), least, most);
  return {static_cast<std::uint64_t>(reached), wanted < least || wanted > most, reached / own};
}

}  // namespace gthulhu
