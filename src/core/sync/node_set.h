// SPDX-License-Identifier: Apache-2.0
//
// What a node holds, in the form of the node link (docs/api/node-link.md): strategies, and pods
// with the strategies that select them. One strategy for one pod is an intent.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/match/command_pattern.h"
#include "core/model/intent.h"
#include "core/model/node.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"
#include "core/model/strategy.h"

namespace gthulhu {

// What a strategy asks of a process.
struct NodeStrategy {
  StrategyId id;
  CommandPattern command = {};
  Priority priority = {};
  Slice slice = {};
  int rank = 0;
  std::string container = {};             // see Strategy
  std::optional<TimePoint> expires = {};  // likewise
  bool clamped = false;                   // likewise

  bool operator==(const NodeStrategy&) const = default;
};

struct NodePod {
  PodUid uid;
  std::string name = {};
  Namespace name_space = {};
  Labels labels = {};
  std::vector<Container> containers = {};   // by name, then id; of those that a strategy names
  std::vector<StrategyId> strategies = {};  // weakest first

  bool operator==(const NodePod&) const = default;
};

// Every strategy of a pod is there, and every strategy is of some pod.
struct NodeSet {
  Generation generation = 0;
  std::map<StrategyId, NodeStrategy> strategies;
  std::map<PodUid, NodePod> pods;

  bool operator==(const NodeSet&) const = default;
};

// From one generation to a later one. `pods` are whole; a strategy replaces the one with its id.
struct NodeDifference {
  Generation from = 0;
  Generation generation = 0;
  std::vector<NodeStrategy> strategies = {};
  std::vector<NodePod> pods = {};
  std::vector<PodUid> gone_pods = {};

  bool operator==(const NodeDifference&) const = default;
};

// How much one node may be told to hold, however small the message: a pod's labels are in each of
// its intents, so that a message of 1 MiB can ask for a thousand times as much memory and disk. A
// node of 250 pods with 20 strategies each has 5,000 intents and, with a dozen labels for a pod,
// about 6 MiB.
inline constexpr std::size_t node_intents_max = 20'000;
// Of all intents as JSON, before characters are escaped.
inline constexpr std::size_t node_intents_bytes_max = 16UL * 1024 * 1024;

// What all intents of a set take as JSON, at most, before characters are escaped.
std::size_t stored_bytes(const NodeSet& set);

// The intents must have ids; who made a strategy is no business of a node and is left out.
NodeSet node_set(const NodeIntents& intents);

// In order of pods, then weakest first.
std::vector<Intent> intents_of(const NodeSet& set, const NodeName& node);

// What both ends compare: over all fields, but not over the generation.
Digest digest_of(const NodeSet& set);

NodeDifference difference(const NodeSet& from, const NodeSet& to);

// Errc::conflict when `change` does not begin at the set's generation, Errc::invalid_argument when
// a pod of it has a strategy that nobody knows, its generation is no later one, or the result is
// more than a node may hold.
Result<NodeSet> apply(NodeSet set, const NodeDifference& change);

}  // namespace gthulhu
