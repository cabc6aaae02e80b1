// SPDX-License-Identifier: Apache-2.0
//
// What nodes should hold, worked out the slow and simple way from the cluster's pods and the
// strategies that the load program was told.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/sync/node_set.h"
#include "tests/scale/simulated_cluster.h"

namespace gthulhu::scale {

// One that selects the pods with a label. No two have one rank, so that ranks are the whole order.
struct ToldStrategy {
  std::string key;
  std::string value;
  NodeStrategy wanted;
};

// Threads: one.
class ExpectedSets {
 public:
  // The cluster outlives it.
  explicit ExpectedSets(const SimulatedCluster& cluster) : cluster_(cluster) {}

  void put(ToldStrategy strategy);
  void erase(const StrategyId& id);

  // Weakest first; none of a pod that is not there.
  [[nodiscard]] std::vector<StrategyId> strategies_of(const SimulatedPod& pod) const;
  [[nodiscard]] bool selects_any(const SimulatedPod& pod) const;
  // Of all nodes.
  [[nodiscard]] std::vector<Digest> digests() const;
  // How many nodes below `nodes` have a pod with the label, and how many pods these are.
  [[nodiscard]] std::pair<std::size_t, std::size_t> spread(const std::string& key,
                                                           const std::string& value,
                                                           std::size_t nodes) const;

 private:
  using Label = std::pair<std::string, std::string>;

  const SimulatedCluster& cluster_;
  std::map<StrategyId, ToldStrategy> told_;
  std::multimap<Label, StrategyId> by_label_;
};

}  // namespace gthulhu::scale
