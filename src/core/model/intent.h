// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/name.h"
#include "core/match/command_pattern.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"
#include "core/model/strategy.h"

namespace gthulhu {

using IntentId = Name<struct IntentIdTag>;  // 24 lower-case hex digits

// One strategy for one pod.
struct Intent {
  IntentId id;          // empty when it came over the Go-compatible endpoint
  StrategyId strategy;  // likewise
  PodUid pod;
  std::string pod_name;
  NodeName node;
  Namespace name_space;
  CommandPattern command;
  Priority priority;
  Slice slice;
  bool clamped = false;  // see Strategy
  Labels pod_labels;
  UserId creator;

  bool operator==(const Intent&) const = default;
};

// Of a numbered state of what a node should run; a later one replaces it whole.
using Generation = std::uint64_t;

// All intents of one node: of each pod all of them, weakest first.
struct NodeIntents {
  Generation generation = 0;
  std::vector<Intent> intents;

  bool operator==(const NodeIntents&) const = default;
};

}  // namespace gthulhu
