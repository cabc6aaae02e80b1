// SPDX-License-Identifier: Apache-2.0
#include "core/plan/preview.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/access/scope.h"
#include "core/plan/in_force.h"
#include "core/plan/incremental_plan.h"
#include "core/plan/intent_of.h"

namespace gthulhu {

namespace {

RankingRule deciding_rule(const Standing& left, const Standing& right) {
  if (left.rank != right.rank) return RankingRule::rank;
  if (left.specificity != right.specificity) return RankingRule::specificity;
  if (left.created != right.created) return RankingRule::age;
  return RankingRule::id;
}

void warn(Preview& preview, std::string code, std::string field, std::string text) {
  preview.warnings.push_back({std::move(code), std::move(field), std::move(text)});
}

void add_warnings(Preview& preview, const Strategy& draft, TimePoint now) {
  if (!draft.enabled) {
    warn(preview, "DISABLED", "enabled", "it is disabled and so has no effect");
  }
  if (draft.expires && *draft.expires <= now) {
    warn(preview, "EXPIRED", "expiresAt", "its end has passed and so it has no effect");
  }
  if (preview.matched_pods == 0) {
    warn(preview, "NO_PODS", "", "no pod matches now; those that come later will");
  }
  if (selects_everything(draft)) {
    warn(preview, "EVERYTHING", "confirmAll", "nothing of it keeps pods out");
  }
  if (draft.includes_protected) {
    warn(preview, "PROTECTED", "includeProtected",
         "pods that the cluster or this system lives on are selected too");
  }
  if (draft.clamped) {
    warn(preview, "CLAMPED", "priority", "its values were stored out of range");
  }
  const bool loses_all =
      preview.matched_pods > 0 &&
      std::ranges::any_of(preview.conflicts, [&](const Preview::Conflict& conflict) {
        return !conflict.wins && conflict.pods == preview.matched_pods;
      });
  if (loses_all) {
    warn(preview, "SUPERSEDED", "rank", "a stronger strategy selects every one of its pods");
  }
}

}  // namespace

Preview IncrementalPlan::preview(const Strategy& draft,
                                 const std::optional<StrategyId>& base,
                                 const Scope& scope,
                                 TimePoint now) const {
  const StoredStrategy next = store(draft);
  const StoredStrategy* before = nullptr;
  std::optional<Slot> base_slot;
  if (base) {
    if (const auto known = strategy_slots_.find(*base); known != strategy_slots_.end()) {
      base_slot = known->second;
      before = strategies_[*base_slot].get();
    }
  }
  const bool same_wish = before != nullptr && want_the_same(before->strategy, draft);
  const auto wish_of = [](const Strategy* strategy) {
    return strategy == nullptr ? Preview::Wish{}
                               : Preview::Wish{true, strategy->priority, strategy->slice};
  };

  Preview preview;
  std::unordered_set<const NodeName*> nodes;
  std::vector<std::size_t> conflicts(strategies_.size());
  const std::vector<Slot> candidates =
      is_in_force(draft, now) ? pod_index_.pods(next.path) : std::vector<Slot>{};
  const auto is_selected = [&](const StoredPod& pod) {
    return next.selection.selects(
        {pod.uid, pod.labels, pod.name_space, pod.cgroup_path, pod.containers, pod.is_protected});
  };
  const auto has_base = [&](const StoredPod& pod) {
    return base_slot && std::ranges::find(pod.strategies, *base_slot) != pod.strategies.end();
  };
  for (const Slot slot : candidates) {
    const StoredPod& pod = pods_[slot];
    if (!is_selected(pod) || !scope.covers_pods_of(pod.name_space)) continue;
    ++preview.matched_pods;
    if (pod.node != nullptr) nodes.insert(pod.node);
    const bool had = has_base(pod);
    if (!had) ++preview.added;
    if (had && !same_wish) ++preview.changed;

    const Strategy* strongest = &draft;
    const Standing* standing = &next.standing;
    for (const Slot other : pod.strategies) {
      if (base_slot && other == *base_slot) continue;
      ++conflicts[other];
      if (*standing < strategies_[other]->standing) {
        strongest = &strategies_[other]->strategy;
        standing = &strategies_[other]->standing;
      }
    }
    if (preview.sample.size() < Preview::sample_max) {
      const Strategy* present =
          pod.strategies.empty() ? nullptr : &strategies_[pod.strategies.back()]->strategy;
      preview.sample.push_back({pod.uid, pod.name, pod.name_space,
                                pod.node == nullptr ? NodeName() : *pod.node, wish_of(present),
                                wish_of(strongest)});
    }
  }
  if (before != nullptr) {
    for (const Slot slot : pod_index_.pods(before->path)) {
      const StoredPod& pod = pods_[slot];
      if (!has_base(pod) || !scope.covers_pods_of(pod.name_space)) continue;
      if (candidates.empty() || !is_selected(pod)) ++preview.removed;
    }
  }
  preview.nodes = nodes.size();

  for (Slot slot = 0; slot < conflicts.size(); ++slot) {
    if (conflicts[slot] == 0) continue;
    const StoredStrategy& other = *strategies_[slot];
    Preview::Conflict conflict;
    if (scope.covers(other.strategy.creator, other.strategy.strategy_namespace,
                     other.strategy.namespaces)) {
      conflict.with = other.strategy.id;
      conflict.name = other.strategy.name;
    }
    conflict.wins = other.standing < next.standing;
    conflict.rule = deciding_rule(next.standing, other.standing);
    conflict.pods = conflicts[slot];
    preview.conflicts.push_back(std::move(conflict));
  }
  std::ranges::sort(preview.conflicts, [](const auto& left, const auto& right) {
    return left.pods != right.pods ? left.pods > right.pods : left.with < right.with;
  });
  add_warnings(preview, draft, now);
  if (preview.conflicts.size() > Preview::conflicts_max) {
    preview.conflicts.resize(Preview::conflicts_max);
  }
  return preview;
}

}  // namespace gthulhu
