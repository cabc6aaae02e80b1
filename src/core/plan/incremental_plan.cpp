// SPDX-License-Identifier: Apache-2.0
#include "core/plan/incremental_plan.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/plan/intent_of.h"
#include "core/plan/protection.h"

namespace gthulhu {

namespace {

Slot take_slot(std::vector<Slot>& free, auto& table) {
  if (free.empty()) {
    table.emplace_back();
    return static_cast<Slot>(table.size() - 1);
  }
  const Slot slot = free.back();
  free.pop_back();
  return slot;
}

std::vector<Slot> merged(std::vector<Slot> left, const std::vector<Slot>& right) {
  left.insert(left.end(), right.begin(), right.end());
  std::ranges::sort(left);
  const auto doubles = std::ranges::unique(left);
  left.erase(doubles.begin(), doubles.end());
  return left;
}

}  // namespace

// Strategies

std::set<NodeName> IncrementalPlan::put_strategy(const Strategy& strategy) {
  ++match_changes_;
  StoredStrategy next = store(strategy);
  std::vector<Slot> candidates = pod_index_.pods(next.path);
  const auto [known, is_new] = strategy_slots_.try_emplace(strategy.id, Slot{0});
  if (is_new) known->second = take_slot(free_strategies_, strategies_);
  const Slot slot = known->second;
  auto& stored = strategies_[slot];

  bool same_intents = true;
  if (stored) {
    // An intent says its rank, which does nothing but to rule its place.
    same_intents =
        want_the_same(stored->strategy, strategy) && stored->strategy.rank == strategy.rank;
    candidates = merged(std::move(candidates), pod_index_.pods(stored->path));
    strategy_index_.remove(slot, stored->path);
  }
  // Out of every list before its standing changes, so that the lists stay sorted.
  std::vector<Place> before;
  before.reserve(candidates.size());
  for (const Slot pod : candidates) before.push_back(take_out(pods_[pod], slot));
  stored = std::make_unique<StoredStrategy>(std::move(next));
  strategy_index_.add(slot, stored->path);

  std::set<NodeName> changed;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    StoredPod& pod = pods_[candidates[i]];
    const Place after = selects(*stored, pod) ? put_in(pod, slot) : std::nullopt;
    if (after) ++stored->pods;
    const bool is_same = after == before[i] && (!after || same_intents);
    if (!is_same && pod.node != nullptr) changed.insert(*pod.node);
  }
  return changed;
}

std::set<NodeName> IncrementalPlan::erase_strategy(const StrategyId& id) {
  const auto known = strategy_slots_.find(id);
  if (known == strategy_slots_.end()) return {};
  ++match_changes_;
  const Slot slot = known->second;
  auto& stored = strategies_[slot];
  CHECK(stored != nullptr);
  std::set<NodeName> changed;
  for (const Slot candidate : pod_index_.pods(stored->path)) {
    StoredPod& pod = pods_[candidate];
    if (take_out(pod, slot) && pod.node != nullptr) changed.insert(*pod.node);
  }
  strategy_index_.remove(slot, stored->path);
  stored.reset();
  free_strategies_.push_back(slot);
  strategy_slots_.erase(known);
  return changed;
}

// Which path is the narrowest changes with the pods; a strategy keeps the one of the time it came.
IncrementalPlan::StoredStrategy IncrementalPlan::store(const Strategy& strategy) const {
  PodSelection selection(strategy);
  std::vector<AccessPath> paths = access_paths(selection);
  const auto narrowest = std::ranges::min_element(
      paths, {}, [this](const AccessPath& path) { return pod_index_.count(path); });
  return {strategy, standing(strategy), std::move(selection), std::move(*narrowest), 0};
}

bool IncrementalPlan::selects(const StoredStrategy& strategy, const StoredPod& pod) {
  ++comparisons_;
  return strategy.selection.selects(
      {pod.uid, *pod.labels, pod.name_space, pod.cgroup_path, pod.containers, pod.is_protected});
}

IncrementalPlan::Place IncrementalPlan::take_out(StoredPod& pod, Slot strategy) {
  const auto found = std::ranges::find(pod.strategies, strategy);
  if (found == pod.strategies.end()) return std::nullopt;
  const auto place = found - pod.strategies.begin();
  pod.strategies.erase(found);
  return place;
}

IncrementalPlan::Place IncrementalPlan::put_in(StoredPod& pod, Slot strategy) {
  const auto standing_of = [this](Slot slot) -> const Standing& {
    return strategies_[slot]->standing;
  };
  const auto position =
      std::ranges::lower_bound(pod.strategies, standing_of(strategy), {}, standing_of);
  const auto place = position - pod.strategies.begin();
  pod.strategies.insert(position, strategy);
  return place;
}

std::size_t IncrementalPlan::matched_pods(const StrategyId& id) const {
  const auto known = strategy_slots_.find(id);
  return known == strategy_slots_.end() ? 0 : strategies_[known->second]->pods;
}

std::map<StrategyId, std::size_t> IncrementalPlan::matched_pods() const {
  std::map<StrategyId, std::size_t> matched;
  for (const auto& [id, slot] : strategy_slots_) {
    matched.emplace_hint(matched.end(), id, strategies_[slot]->pods);
  }
  return matched;
}

// Pods

std::optional<Namespace> IncrementalPlan::namespace_of(const PodUid& uid) const {
  const auto known = pod_slots_.find(uid.str());
  if (known == pod_slots_.end()) return std::nullopt;
  return pods_[known->second].name_space;
}

std::set<NodeName> IncrementalPlan::put_pod(const Pod& pod) {
  const bool is_new = !pod_slots_.contains(pod.uid.str());
  const Slot slot = slot_for(pod.uid);
  StoredPod& stored = pods_[slot];
  PackedLabels labels(pod.labels);
  const bool same_labels = *stored.labels == labels;
  const bool same_space = stored.name_space == pod.name_space;
  const bool same_name = stored.name == pod.name;

  std::vector<Slot> strategies = stored.strategies;
  if (is_new || !same_labels || !same_space) {
    if (!is_new) pod_index_.remove(slot, stored.labels->unpack(), stored.name_space);
    pod_index_.add(slot, pod.labels, pod.name_space);
  }
  if (is_new || !same_labels || !same_space || stored.cgroup_path != pod.cgroup_path ||
      stored.containers != pod.containers) {
    strategies = strategies_for(pod);
  }
  const bool same_node = stored.node == nullptr ? pod.node.empty() : *stored.node == pod.node;
  const bool same_containers = std::ranges::all_of(strategies, [&](Slot strategy) {
    const Strategy& named = strategies_[strategy]->strategy;
    return container_ids(named, stored.containers) == container_ids(named, pod.containers);
  });
  const bool same_intents =
      strategies == stored.strategies && same_labels && same_space && same_name && same_containers;

  std::set<NodeName> changed;
  const auto note_change = [&] {
    if (stored.node != nullptr && !stored.strategies.empty()) changed.insert(*stored.node);
  };
  if (!same_node || !same_intents) note_change();
  if (!same_node) {
    unplace(slot);
    place(slot, pod.node);
  }
  if (strategies != stored.strategies) {
    count_matches(stored.strategies, false);
    count_matches(strategies, true);
  }
  stored.name = pod.name;
  stored.name_space = pod.name_space;
  if (!same_labels) stored.labels = std::move(labels);
  stored.cgroup_path = pod.cgroup_path;
  stored.containers = pod.containers;
  stored.is_protected = is_protected(pod.labels, pod.name_space);
  stored.strategies = std::move(strategies);
  if (!same_node || !same_intents) note_change();
  return changed;
}

std::set<NodeName> IncrementalPlan::erase_pod(const PodUid& uid) {
  const auto known = pod_slots_.find(uid.str());
  if (known == pod_slots_.end()) return {};
  const Slot slot = known->second;
  StoredPod& stored = pods_[slot];
  std::set<NodeName> changed;
  if (stored.node != nullptr && !stored.strategies.empty()) changed.insert(*stored.node);
  count_matches(stored.strategies, false);
  pod_index_.remove(slot, stored.labels->unpack(), stored.name_space);
  unplace(slot);
  pod_slots_.erase(known);  // before the text of its key goes
  stored = StoredPod{};
  free_pods_.push_back(slot);
  return changed;
}

std::set<NodeName> IncrementalPlan::replace_pods(std::span<const Pod> pods) {
  std::map<std::string_view, const Pod*> wanted;
  for (const Pod& pod : pods) wanted.insert_or_assign(pod.uid.str(), &pod);
  std::vector<PodUid> gone;
  for (const auto& [uid, slot] : pod_slots_) {
    if (!wanted.contains(uid)) gone.emplace_back(std::string(uid));
  }
  std::set<NodeName> changed;
  for (const PodUid& uid : gone) changed.merge(erase_pod(uid));
  for (const auto& [uid, pod] : wanted) changed.merge(put_pod(*pod));
  return changed;
}

Slot IncrementalPlan::slot_for(const PodUid& uid) {
  if (const auto known = pod_slots_.find(uid.str()); known != pod_slots_.end()) {
    return known->second;
  }
  const Slot slot = take_slot(free_pods_, pods_);
  pods_[slot].uid = uid;
  pod_slots_.emplace(pods_[slot].uid.str(), slot);
  return slot;
}

std::vector<Slot> IncrementalPlan::strategies_for(const Pod& pod) {
  std::vector<Slot> found = strategy_index_.candidates(pod.labels, pod.name_space);
  comparisons_ += found.size();
  std::erase_if(found, [&](Slot slot) { return !strategies_[slot]->selection.selects(pod); });
  std::ranges::sort(found, {},
                    [&](Slot slot) -> const Standing& { return strategies_[slot]->standing; });
  found.shrink_to_fit();
  return found;
}

void IncrementalPlan::place(Slot slot, const NodeName& node) {
  if (node.empty()) return;
  const auto uid_of = [this](Slot pod) -> const PodUid& { return pods_[pod].uid; };
  const auto entry = nodes_.try_emplace(node).first;
  auto& pods = entry->second;
  pods.insert(std::ranges::lower_bound(pods, pods_[slot].uid, {}, uid_of), slot);
  pods_[slot].node = &entry->first;
}

void IncrementalPlan::unplace(Slot slot) {
  const NodeName* node = std::exchange(pods_[slot].node, nullptr);
  if (node == nullptr) return;
  const auto entry = nodes_.find(*node);
  CHECK(entry != nodes_.end());
  std::erase(entry->second, slot);
  if (entry->second.empty()) nodes_.erase(entry);
}

void IncrementalPlan::count_matches(const std::vector<Slot>& strategies, bool is_added) {
  if (!strategies.empty()) ++match_changes_;
  for (const Slot slot : strategies) {
    auto& pods = strategies_[slot]->pods;
    pods = is_added ? pods + 1 : pods - 1;
  }
}

// Plans

std::vector<Intent> IncrementalPlan::intents_of(const NodeName& node) const {
  std::vector<Intent> intents;
  const auto entry = nodes_.find(node);
  if (entry != nodes_.end()) append_intents(intents, entry->second);
  return intents;
}

bool IncrementalPlan::has_intents(const NodeName& node) const {
  const auto entry = nodes_.find(node);
  return entry != nodes_.end() && std::ranges::any_of(entry->second, [this](Slot pod) {
           return !pods_[pod].strategies.empty();
         });
}

Plan IncrementalPlan::whole() const {
  Plan plan;
  for (const auto& [node, pods] : nodes_) {
    std::vector<Intent> intents;
    append_intents(intents, pods);
    if (!intents.empty()) plan.intents.emplace(node, std::move(intents));
  }
  return plan;
}

void IncrementalPlan::append_intents(std::vector<Intent>& intents,
                                     const std::vector<Slot>& pods) const {
  std::size_t count = intents.size();
  for (const Slot slot : pods) count += pods_[slot].strategies.size();
  intents.reserve(count);
  for (const Slot slot : pods) {
    if (pods_[slot].strategies.empty()) continue;
    const StoredPod& stored = pods_[slot];
    const Pod pod = without_labels(stored);
    for (const Slot strategy : stored.strategies) {
      intents.push_back(intent_of(strategies_[strategy]->strategy, pod));
      intents.back().pod_labels = stored.labels;
    }
  }
}

Pod IncrementalPlan::without_labels(const StoredPod& pod) const {
  return Pod{.uid = pod.uid,
             .name = pod.name,
             .name_space = pod.name_space,
             .node = pod.node == nullptr ? NodeName() : *pod.node,
             .labels = {},
             .containers = pod.containers,
             .cgroup_path = pod.cgroup_path};
}

}  // namespace gthulhu
