// SPDX-License-Identifier: Apache-2.0
#include "core/plan/preview.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
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

// What stands beside the draft, once for each of the others and not for each pod.
struct Rival {
  bool is_weaker = false;
  bool takes_all = false;  // leaves the draft no process of a pod
  std::size_t pods = 0;    // that both select
};

// Scope::covers_pods_of() of few namespaces and many pods. The texts of the names outlive it.
class VisiblePods {
 public:
  explicit VisiblePods(const Scope& scope) : scope_(scope) {}

  bool contain(const Namespace& name_space) {
    const auto [known, is_new] = known_.try_emplace(name_space.str(), false);
    if (is_new) known->second = scope_.covers_pods_of(name_space);
    return known->second;
  }

 private:
  const Scope& scope_;
  std::unordered_map<std::string_view, bool> known_;
};

void add_warnings(Preview& preview, const Strategy& draft, TimePoint now) {
  if (!draft.enabled) {
    warn(preview, "DISABLED", "enabled", "it is disabled and so has no effect");
  }
  if (draft.expires && *draft.expires <= now) {
    warn(preview, "EXPIRED", "expiresAt", "its end has passed and so it has no effect");
  }
  if (preview.matched_pods == 0 && is_in_force(draft, now)) {
    warn(preview, "NO_PODS", "", "no pod matches now; those that come later will");
  }
  if (selects_everything(draft)) {
    warn(preview, "EVERYTHING", "confirmAll",
         draft.confirms_all ? "nothing of it keeps pods out"
                            : "nothing of it keeps pods out: it needs confirmAll to be stored");
  }
  if (draft.includes_protected) {
    warn(preview, "PROTECTED", "includeProtected",
         "pods that the cluster or this system lives on are selected too");
  }
  if (draft.clamped) {
    warn(preview, "CLAMPED", "priority", "its values were stored out of range");
  }
}

}  // namespace

class IncrementalPlan::PreviewRun {
 public:
  PreviewRun(const IncrementalPlan& plan,
             const Strategy& draft,
             const std::optional<StrategyId>& base,
             const Scope& scope,
             TimePoint now)
      : plan_(plan),
        draft_(draft),
        scope_(scope),
        now_(now),
        next_(plan.store(draft)),
        visible_(scope),
        is_matched_(plan.pods_.size()),
        rivals_(plan.strategies_.size()) {
    if (is_in_force(draft, now)) candidates_ = plan.pod_index_.pods(next_.path);
    if (base) {
      const auto known = plan.strategy_slots_.find(*base);
      if (known != plan.strategy_slots_.end()) base_slot_ = known->second;
    }
    for (Slot slot = 0; slot < rivals_.size(); ++slot) {
      const auto& other = plan.strategies_[slot];
      if (other == nullptr || slot == base_slot_) continue;
      const CommandPattern& command = other->strategy.command;
      Rival& rival = rivals_[slot];
      rival.is_weaker = other->standing < next_.standing;
      rival.takes_all =
          !rival.is_weaker && (command.matches_everything() || command == draft.command);
    }
  }

  Preview run() {
    const bool same_wish =
        base_slot_ && want_the_same(plan_.strategies_[*base_slot_]->strategy, draft_);
    for (const Slot slot : candidates_) {
      const StoredPod& pod = plan_.pods_[slot];
      if (!visible_.contain(pod.name_space) || !selects(next_.selection, pod)) continue;
      is_matched_[slot] = true;
      take(pod, same_wish);
    }
    preview_.nodes = nodes_.size();
    count_removed();
    add_conflicts();
    add_warnings(preview_, draft_, now_);
    if (lost_ > 0 && lost_ == preview_.matched_pods) {
      warn(preview_, "SUPERSEDED", "rank",
           "on every one of its pods a stronger strategy takes all of its processes");
    }
    if (lacks_only_the_container()) {
      warn(preview_, "NO_CONTAINER", "container",
           "of the pods that match otherwise none has a container of this name");
    }
    return std::move(preview_);
  }

 private:
  static bool selects(const PodSelection& selection, const StoredPod& pod) {
    return selection.selects(
        {pod.uid, *pod.labels, pod.name_space, pod.cgroup_path, pod.containers, pod.is_protected});
  }

  static Preview::Wish wish_of(const Strategy& strategy) {
    return {true, strategy.priority, strategy.slice};
  }

  // A pod that the draft selects.
  void take(const StoredPod& pod, bool same_wish) {
    ++preview_.matched_pods;
    if (pod.node != nullptr) nodes_.insert(pod.node);
    Place old_place;
    std::ptrdiff_t new_place = 0;
    const Strategy* strongest = &draft_;
    bool is_lost = false;
    for (std::size_t i = 0; i < pod.strategies.size(); ++i) {
      const Slot other = pod.strategies[i];
      if (other == base_slot_) {
        old_place = static_cast<std::ptrdiff_t>(i);
        continue;
      }
      Rival& rival = rivals_[other];
      ++rival.pods;
      if (rival.is_weaker) {
        ++new_place;
      } else {
        strongest = &plan_.strategies_[other]->strategy;  // they are in order, weakest first
        is_lost = is_lost || rival.takes_all;
      }
    }
    if (!old_place) {
      ++preview_.added;
    } else if (!same_wish || *old_place != new_place) {
      ++preview_.changed;
    }
    if (is_lost) ++lost_;
    if (preview_.sample.size() == Preview::sample_max) return;
    Preview::Wish before;
    if (!pod.strategies.empty()) {
      before = wish_of(plan_.strategies_[pod.strategies.back()]->strategy);
    }
    preview_.sample.push_back({pod.uid, pod.name, pod.name_space,
                               pod.node == nullptr ? NodeName() : *pod.node, before,
                               wish_of(*strongest)});
  }

  void count_removed() {
    if (!base_slot_) return;
    for (const Slot slot : plan_.pod_index_.pods(plan_.strategies_[*base_slot_]->path)) {
      const StoredPod& pod = plan_.pods_[slot];
      if (is_matched_[slot] || !visible_.contain(pod.name_space)) continue;
      const auto base = std::ranges::find(pod.strategies, *base_slot_);
      if (base != pod.strategies.end()) ++preview_.removed;
    }
  }

  void add_conflicts() {
    for (Slot slot = 0; slot < rivals_.size(); ++slot) {
      if (rivals_[slot].pods == 0) continue;
      const StoredStrategy& other = *plan_.strategies_[slot];
      Preview::Conflict conflict;
      if (scope_.covers(other.strategy.creator, other.strategy.strategy_namespace,
                        other.strategy.namespaces)) {
        conflict.with = other.strategy.id;
        conflict.name = other.strategy.name;
      }
      conflict.wins = rivals_[slot].is_weaker;
      conflict.rule = deciding_rule(next_.standing, other.standing);
      conflict.pods = rivals_[slot].pods;
      preview_.conflicts.push_back(std::move(conflict));
    }
    std::ranges::sort(preview_.conflicts, [](const auto& left, const auto& right) {
      return left.pods != right.pods ? left.pods > right.pods : left.with < right.with;
    });
    if (preview_.conflicts.size() > Preview::conflicts_max) {
      preview_.conflicts.resize(Preview::conflicts_max);
    }
  }

  bool lacks_only_the_container() {
    if (preview_.matched_pods > 0 || draft_.container.empty()) return false;
    Strategy without = draft_;
    without.container.clear();
    const PodSelection selection(without);
    return std::ranges::any_of(candidates_, [&](Slot slot) {
      const StoredPod& pod = plan_.pods_[slot];
      return visible_.contain(pod.name_space) && selects(selection, pod);
    });
  }

  const IncrementalPlan& plan_;
  const Strategy& draft_;
  const Scope& scope_;
  const TimePoint now_;
  const StoredStrategy next_;
  std::optional<Slot> base_slot_;  // of the one that it would replace, when that is in force
  std::vector<Slot> candidates_;
  VisiblePods visible_;
  std::vector<bool> is_matched_;  // by slot of the pod
  std::vector<Rival> rivals_;     // by slot of the strategy
  std::unordered_set<const NodeName*> nodes_;
  std::size_t lost_ = 0;  // pods of which it gets no process
  Preview preview_;
};

Preview IncrementalPlan::preview(const Strategy& draft,
                                 const std::optional<StrategyId>& base,
                                 const Scope& scope,
                                 TimePoint now) const {
  return PreviewRun(*this, draft, base, scope, now).run();
}

}  // namespace gthulhu
