// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/selects.h"

namespace gthulhu {

// Place in a table of strategies or of pods.
using Slot = std::uint32_t;

// One way to find the pods of a strategy, and the strategies of a pod, without looking at all: by
// one criterion that every selected pod meets. The others are checked afterwards.
struct AccessPath {
  enum class By : std::uint8_t { label_value, label_key, name_space, nothing };

  By by = By::nothing;
  std::string key;                 // of the label
  std::vector<std::string> names;  // the label's values or the namespaces; without doubles

  auto operator<=>(const AccessPath&) const = default;
};

// All that a selection allows, the usually narrower ones first; the last one is By::nothing.
std::vector<AccessPath> access_paths(const PodSelection& selection);

}  // namespace gthulhu
