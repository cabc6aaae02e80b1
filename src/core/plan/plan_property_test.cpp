// SPDX-License-Identifier: Apache-2.0
//
// IncrementalPlan against plan(), over random histories with fixed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/plan/in_force.h"
#include "core/plan/incremental_plan.h"
#include "core/plan/plan_samples.h"
#include "core/plan/planner.h"

namespace gthulhu {
namespace {

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  // One event on both sides; what the incremental plan says that it changed.
  std::set<NodeName> step() {
    switch (pick(11)) {
      case 10: return expire();
      case 0:
      case 1:
      case 2: return put(random_strategy());
      case 3: return erase_strategy();
      case 4: return pick(8) == 0 ? replace_pods() : erase_pod();
      default: return put(random_pod());
    }
  }

  [[nodiscard]] Plan expected() const {
    std::vector<Strategy> strategies;
    std::vector<Pod> pods;
    for (const auto& [id, strategy] : strategies_) strategies.push_back(strategy);
    for (const auto& [uid, pod] : pods_) pods.push_back(pod);
    return plan({strategies, pods, now_});
  }

  [[nodiscard]] const IncrementalPlan& incremental() const { return plan_; }
  [[nodiscard]] std::size_t pods() const { return pods_.size(); }
  [[nodiscard]] std::size_t strategies_in_force() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        strategies_, [this](const auto& entry) { return is_in_force(entry.second, now_); }));
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  std::string one_of(std::initializer_list<const char*> texts) {
    return texts.begin()[pick(texts.size())];
  }

  std::string key() { return one_of({"app", "tier", "zone"}); }
  std::string value() { return one_of({"", "a", "b", "c"}); }
  std::string name_space() { return one_of({"web", "core", "kube-system"}); }
  std::string container() { return one_of({"main", "proxy"}); }
  std::string path() { return one_of({"", "/a", "/a/b", "/b/c"}); }

  LabelRequirement requirement() {
    switch (pick(5)) {
      case 0: return {key(), LabelOperator::in, {value(), value()}};
      case 1: return {key(), LabelOperator::not_in, {value()}};
      case 2: return {key(), LabelOperator::does_not_exist, {}};
      case 3: return {key(), LabelOperator::exists, {}};
      default: return {key(), LabelOperator::in, {value()}};
    }
  }

  // A change of one that is there already, half the time: of its rank, its wish or its selection.
  Strategy random_strategy() {
    Strategy strategy = samples::strategy("s" + std::to_string(pick(12)));
    const auto known = strategies_.find(strategy.id);
    if (known != strategies_.end() && pick(2) == 0) {
      strategy = known->second;
      switch (pick(4)) {
        case 0: strategy.rank = static_cast<int>(pick(3)); break;
        case 1: strategy.priority = Priority::clamp(static_cast<int>(pick(5))); break;
        case 2: strategy.updated += std::chrono::milliseconds(1); break;
        default: strategy.namespaces.clear();
      }
      return strategy;
    }
    std::vector<LabelRequirement> requirements;
    for (auto n = pick(3); n > 0; --n) requirements.push_back(requirement());
    strategy.selector = samples::selector(std::move(requirements));
    for (auto n = pick(3); n > 0; --n) strategy.namespaces.emplace_back(name_space());
    if (pick(6) == 0) strategy.namespaces = {Namespace()};
    if (pick(6) == 0) strategy.cgroup_paths = {one_of({"/a/**", "/*", "/b/*", "["})};
    if (pick(4) == 0) strategy.excluded_namespaces = {Namespace(name_space())};
    if (pick(6) == 0) strategy.container = container();
    if (pick(4) == 0) strategy.excluded_pods = {PodUid("p" + std::to_string(pick(25)))};
    if (pick(4) == 0) strategy.includes_protected = true;
    if (pick(8) == 0) strategy.enabled = false;
    if (pick(4) == 0) strategy.expires = now_ + std::chrono::milliseconds(pick(3));
    if (pick(4) == 0) strategy.command = samples::command(one_of({"nginx", "sh"}));
    strategy.rank = static_cast<int>(pick(3)) - 1;
    strategy.created = TimePoint(std::chrono::milliseconds(pick(3)));
    return strategy;
  }

  Pod random_pod() {
    Pod pod = samples::pod("p" + std::to_string(pick(25)), "");
    const auto known = pods_.find(pod.uid);
    if (known != pods_.end() && pick(3) != 0) {
      pod = known->second;
      switch (pick(6)) {
        case 5: pod.containers = {{container(), ""}}; break;
        case 0: pod.name_space = Namespace(name_space()); break;
        case 1: pod.labels.insert_or_assign(key(), value()); break;
        case 2: pod.labels.erase(key()); break;
        case 3: pod.cgroup_path = path(); break;
        default: pod.node = NodeName(one_of({"", "n1", "n2", "n3"}));
      }
      return pod;
    }
    pod.node = NodeName(one_of({"", "n1", "n2", "n3"}));
    pod.name_space = Namespace(name_space());
    pod.cgroup_path = path();
    for (auto n = pick(4); n > 0; --n) pod.labels.insert_or_assign(key(), value());
    return pod;
  }

  std::set<NodeName> put(const Strategy& strategy) {
    strategies_.insert_or_assign(strategy.id, strategy);
    return is_in_force(strategy, now_) ? plan_.put_strategy(strategy)
                                       : plan_.erase_strategy(strategy.id);
  }

  std::set<NodeName> put(const Pod& pod) {
    pods_.insert_or_assign(pod.uid, pod);
    return plan_.put_pod(pod);
  }

  std::set<NodeName> erase_strategy() {
    const StrategyId id("s" + std::to_string(pick(12)));
    strategies_.erase(id);
    return plan_.erase_strategy(id);
  }

  std::set<NodeName> expire() {
    now_ += std::chrono::milliseconds(1);
    std::set<NodeName> changed;
    for (const auto& [id, strategy] : strategies_) {
      if (!is_in_force(strategy, now_)) changed.merge(plan_.erase_strategy(id));
    }
    return changed;
  }

  std::set<NodeName> erase_pod() {
    const PodUid uid("p" + std::to_string(pick(25)));
    pods_.erase(uid);
    return plan_.erase_pod(uid);
  }

  std::set<NodeName> replace_pods() {
    std::erase_if(pods_, [this](const auto&) { return pick(4) == 0; });
    for (int i = 0; i < 3; ++i) {
      const Pod pod = random_pod();
      pods_.insert_or_assign(pod.uid, pod);
    }
    std::vector<Pod> pods;
    for (const auto& [uid, pod] : pods_) pods.push_back(pod);
    return plan_.replace_pods(pods);
  }

  std::mt19937 random_;
  TimePoint now_;
  std::map<StrategyId, Strategy> strategies_;
  std::map<PodUid, Pod> pods_;
  IncrementalPlan plan_;
};

std::set<NodeName> difference(const Plan& before, const Plan& after) {
  std::set<NodeName> nodes;
  for (const auto& [node, intents] : before.intents) {
    const auto found = after.intents.find(node);
    if (found == after.intents.end() || found->second != intents) nodes.insert(node);
  }
  for (const auto& [node, intents] : after.intents) {
    if (!before.intents.contains(node)) nodes.insert(node);
  }
  return nodes;
}

TEST(PlanProperty, the_incremental_plan_is_the_plan_after_every_event) {
  std::size_t changes = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    History history(seed);
    Plan before;
    for (int i = 0; i < 250; ++i) {
      const std::set<NodeName> told = history.step();
      Plan expected = history.expected();
      ASSERT_EQ(history.incremental().whole(), expected) << "seed " << seed << ", event " << i;
      ASSERT_EQ(told, difference(before, expected)) << "seed " << seed << ", event " << i;
      ASSERT_EQ(history.incremental().pod_count(), history.pods());
      ASSERT_EQ(history.incremental().strategy_count(), history.strategies_in_force());
      for (const auto& [node, intents] : expected.intents) {
        ASSERT_EQ(history.incremental().intents_of(node), intents);
      }
      changes += told.size();
      before = std::move(expected);
    }
  }
  EXPECT_GT(changes, 500U);  // the histories are no idle ones
}

}  // namespace
}  // namespace gthulhu
