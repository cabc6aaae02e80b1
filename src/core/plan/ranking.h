// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

#include "base/clock.h"
#include "core/model/strategy.h"

namespace gthulhu {

// How narrowly a strategy selects: its narrowest criterion counts. Globs over cgroup paths and a
// container's name count like labels, excluded namespaces like namespaces.
enum class Specificity : std::uint8_t { all, name_space, labels, command };

Specificity specificity(const Strategy& strategy);

// The place of a strategy among others (design D8): the greater one wins. A total order of
// strategies with different ids: higher rank, then more specific, then older, then smaller id.
struct Standing {
  int rank = 0;
  Specificity specificity = Specificity::all;
  TimePoint created;
  StrategyId id;

  std::strong_ordering operator<=>(const Standing& other) const;
  bool operator==(const Standing&) const = default;
};

Standing standing(const Strategy& strategy);

}  // namespace gthulhu
