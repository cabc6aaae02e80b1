// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/ports/workload_source.h"
#include "base/shared.h"
#include "core/model/intent.h"
#include "core/model/node.h"
#include "core/model/report.h"
#include "core/model/strategy.h"

namespace gthulhu {

// One node: what it should run, what it has, and what it says. What is long is shared, as most
// changes are of a single part.
struct NodeView {
  using Reports = std::map<IntentId, IntentReport>;
  using Beginnings = std::map<IntentId, Generation>;

  Shared<NodeIntents> wanted;
  Generation acknowledged = 0;
  std::string link_trouble;  // why the last delivery failed; empty when it did not
  std::string node_trouble;  // what the node says it cannot do; empty when it can do all
  EnforcerStatus enforcer;   // as the node said last

  // Of the intents that the node has spoken about in their present form.
  Shared<Reports> reports;
  // The first generation that had the intent in its present form: older reports do not speak of it.
  Shared<Beginnings> since;

  // Not when nothing has been wanted of it yet: what it holds then is of earlier.
  [[nodiscard]] bool is_up_to_date() const {
    return wanted->generation != 0 && acknowledged == wanted->generation;
  }
  // What is known of one of the wanted intents.
  [[nodiscard]] IntentReport report_of(const Intent& intent) const;
};

// What the manager knows, at one moment. Immutable once published; parts are shared between
// snapshots.
struct Snapshot {
  using Strategies = std::map<StrategyId, Shared<Strategy>>;
  using Matched = std::map<StrategyId, std::size_t>;
  using Facts = std::map<NodeName, NodeFact>;

  std::uint64_t version = 0;  // of two snapshots the newer one has the greater
  std::shared_ptr<const Strategies> strategies = std::make_shared<const Strategies>();
  std::shared_ptr<const Matched> matched = std::make_shared<const Matched>();
  std::map<NodeName, std::shared_ptr<const NodeView>> nodes;
  // Of the nodes that the workload source sees; others may have intents all the same.
  std::shared_ptr<const Facts> facts = std::make_shared<const Facts>();
  std::size_t pods = 0;

  // The pods that a strategy selects; 0 while it is not in force.
  [[nodiscard]] std::size_t matched_pods(const StrategyId& id) const;
};

// How many intents of one strategy are in each state.
std::map<IntentState, std::size_t> intent_counts(const Snapshot& snapshot, const StrategyId& id);
// The same of all strategies that have intents.
std::map<StrategyId, std::map<IntentState, std::size_t>> intent_counts(const Snapshot& snapshot);

// `view` with other intents: reports of those that did not change stay.
NodeView with_intents(const NodeView& view, Generation generation, std::vector<Intent> intents);

}  // namespace gthulhu
