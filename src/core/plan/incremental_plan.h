// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/access/scope.h"
#include "core/model/intent.h"
#include "core/model/packed_labels.h"
#include "core/plan/planner.h"
#include "core/plan/pod_index.h"
#include "core/plan/preview.h"
#include "core/plan/ranking.h"
#include "core/plan/selects.h"
#include "core/plan/strategy_index.h"

namespace gthulhu {

// plan() kept up to date: whole() is always the plan of the strategies and pods that were put and
// not erased; whether a strategy is in force is for whoever puts it. A pod event costs O(strategies
// that may select the pod), a strategy event O(pods that it may select), by the narrowest of their
// criteria. About 1 KiB per pod; intents are made when they are asked for.
//
// Functions that change something return the nodes whose intents changed, and only these.
//
// Threads: one at a time.
class IncrementalPlan {
 public:
  IncrementalPlan() = default;
  IncrementalPlan(const IncrementalPlan&) = delete;
  IncrementalPlan& operator=(const IncrementalPlan&) = delete;

  // Adds a strategy or pod, or replaces the one with its id; erasing an unknown one does nothing.
  std::set<NodeName> put_strategy(const Strategy& strategy);
  std::set<NodeName> erase_strategy(const StrategyId& id);
  std::set<NodeName> put_pod(const Pod& pod);
  std::set<NodeName> erase_pod(const PodUid& uid);
  // These pods exist and no others. Of several with the same UID the last counts.
  std::set<NodeName> replace_pods(std::span<const Pod> pods);

  [[nodiscard]] std::vector<Intent> intents_of(const NodeName& node) const;
  [[nodiscard]] bool has_intents(const NodeName& node) const;
  [[nodiscard]] Plan whole() const;

  [[nodiscard]] std::size_t strategy_count() const { return strategy_slots_.size(); }
  [[nodiscard]] std::size_t pod_count() const { return pod_slots_.size(); }
  // The pods that a strategy selects, placed or not; 0 for an unknown one.
  [[nodiscard]] std::size_t matched_pods(const StrategyId& id) const;
  // The same of all strategies.
  [[nodiscard]] std::map<StrategyId, std::size_t> matched_pods() const;

  [[nodiscard]] bool has_strategy(const StrategyId& id) const {
    return strategy_slots_.contains(id);
  }
  // Grows whenever what matched_pods() says of a strategy may have changed.
  [[nodiscard]] std::uint64_t match_changes() const { return match_changes_; }

  // Nothing for an unknown pod.
  [[nodiscard]] std::optional<Namespace> namespace_of(const PodUid& uid) const;

  // What would come of `draft`, as a new strategy or in the place of `base`, to somebody who may
  // see what `scope` covers. The draft has the id, the creator and the time of its creation with
  // which it would be put: they decide who wins, and what is another intent. Changes nothing.
  // O(pods that the draft may select × their strategies).
  [[nodiscard]] Preview preview(const Strategy& draft,
                                const std::optional<StrategyId>& base,
                                const Scope& scope,
                                TimePoint now) const;

  // Pairs of strategy and pod that were compared so far: what events cost.
  [[nodiscard]] std::uint64_t comparisons() const { return comparisons_; }

 private:
  struct StoredStrategy {
    Strategy strategy;
    Standing standing;
    PodSelection selection;
    AccessPath path;
    std::size_t pods = 0;  // that it selects
  };
  struct StoredPod {
    PodUid uid;
    std::string name;
    Namespace name_space;
    const NodeName* node = nullptr;  // key of nodes_; null: not placed
    Shared<PackedLabels> labels;
    std::string cgroup_path;
    std::vector<Container> containers;
    bool is_protected = false;
    std::vector<Slot> strategies;  // that select it, weakest first
  };
  using Place = std::optional<std::ptrdiff_t>;  // of a strategy among those of a pod
  class PreviewRun;

  Slot slot_for(const PodUid& uid);
  StoredStrategy store(const Strategy& strategy) const;
  bool selects(const StoredStrategy& strategy, const StoredPod& pod);
  std::vector<Slot> strategies_for(const Pod& pod);
  Place take_out(StoredPod& pod, Slot strategy);
  Place put_in(StoredPod& pod, Slot strategy);
  void place(Slot slot, const NodeName& node);
  void unplace(Slot slot);
  void count_matches(const std::vector<Slot>& strategies, bool is_added);
  [[nodiscard]] Pod without_labels(const StoredPod& pod) const;
  void append_intents(std::vector<Intent>& intents, const std::vector<Slot>& pods) const;

  std::vector<std::unique_ptr<StoredStrategy>> strategies_;  // null: free
  std::vector<Slot> free_strategies_;
  std::map<StrategyId, Slot> strategy_slots_;
  StrategyIndex strategy_index_;

  std::deque<StoredPod> pods_;
  std::vector<Slot> free_pods_;
  std::unordered_map<std::string_view, Slot> pod_slots_;  // keys are the texts of pods_[slot].uid
  PodIndex pod_index_;
  std::map<NodeName, std::vector<Slot>> nodes_;  // their pods, in order of UIDs

  std::uint64_t comparisons_ = 0;
  std::uint64_t match_changes_ = 0;
};

}  // namespace gthulhu
