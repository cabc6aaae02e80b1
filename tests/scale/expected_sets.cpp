// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/expected_sets.h"

#include <algorithm>
#include <set>

namespace gthulhu::scale {

void ExpectedSets::put(ToldStrategy strategy) {
  erase(strategy.wanted.id);
  by_label_.emplace(Label(strategy.key, strategy.value), strategy.wanted.id);
  const StrategyId id = strategy.wanted.id;
  told_.emplace(id, std::move(strategy));
}

void ExpectedSets::erase(const StrategyId& id) {
  std::erase_if(by_label_, [&](const auto& entry) { return entry.second == id; });
  told_.erase(id);
}

std::vector<StrategyId> ExpectedSets::strategies_of(const SimulatedPod& pod) const {
  std::vector<StrategyId> found;
  if (!pod.is_there) return found;
  for (const auto& label : pod.labels) {
    const auto [begin, end] = by_label_.equal_range(Label(label.first, label.second));
    for (auto at = begin; at != end; ++at) found.push_back(at->second);
  }
  std::ranges::sort(found, {}, [this](const StrategyId& id) { return told_.at(id).wanted.rank; });
  return found;
}

bool ExpectedSets::selects_any(const SimulatedPod& pod) const {
  return !strategies_of(pod).empty();
}

std::vector<Digest> ExpectedSets::digests() const {
  std::vector<NodeSet> sets(cluster_.sizes().nodes);
  for (const SimulatedPod& pod : cluster_.pods()) {
    std::vector<StrategyId> strategies = strategies_of(pod);
    if (strategies.empty()) continue;
    NodeSet& set = sets.at(pod.node);
    for (const StrategyId& id : strategies) set.strategies.try_emplace(id, told_.at(id).wanted);
    set.pods.emplace(PodUid(pod.uid), NodePod{.uid = PodUid(pod.uid),
                                              .name = pod.name,
                                              .name_space = Namespace(pod.name_space),
                                              .labels = pod.labels,
                                              .containers = {},
                                              .strategies = std::move(strategies)});
  }
  std::vector<Digest> digests;
  digests.reserve(sets.size());
  for (const NodeSet& set : sets) digests.push_back(digest_of(set));
  return digests;
}

std::pair<std::size_t, std::size_t> ExpectedSets::spread(const std::string& key,
                                                         const std::string& value,
                                                         std::size_t nodes) const {
  std::set<std::size_t> found;
  std::size_t pods = 0;
  for (const SimulatedPod& pod : cluster_.pods()) {
    const auto label = pod.labels.find(key);
    if (!pod.is_there || pod.node >= nodes || label == pod.labels.end() || label->second != value) {
      continue;
    }
    found.insert(pod.node);
    ++pods;
  }
  return {found.size(), pods};
}

}  // namespace gthulhu::scale
