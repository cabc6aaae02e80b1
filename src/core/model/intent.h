// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/name.h"
#include "base/shared.h"
#include "core/match/command_pattern.h"
#include "core/model/packed_labels.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"
#include "core/model/strategy.h"

namespace gthulhu {

using IntentId = Name<struct IntentIdTag>;  // 24 lower-case hex digits

// The numbers of an intent as a Go manager sent them, out of our bounds: its digest is about these.
struct SentNumbers {
  std::int64_t priority = 0;
  std::int64_t execution_time_ns = 0;

  bool operator==(const SentNumbers&) const = default;
};

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
  bool clamped = false;   // see Strategy
  int rank = 0;           // likewise; the order of a pod's intents has it in it already
  std::string container;  // processes of this container only; empty: of all
  std::vector<std::string> container_ids;  // the runtime's, of the containers of that name
  std::optional<TimePoint> expires;        // see Strategy
  Shared<PackedLabels> pod_labels;         // of all intents of a pod the same
  UserId creator;
  std::optional<SentNumbers> sent;  // only where they differ from what is in force

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
