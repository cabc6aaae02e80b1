// SPDX-License-Identifier: Apache-2.0
//
// How long a preview takes at the size that the manager is built for: 100,000 pods of 1,000 nodes,
// 1,000 strategies. Prints the median and the 99th of 100; the exit code is 1 above the bar.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/access/scope.h"
#include "core/plan/incremental_plan.h"

namespace gthulhu {
namespace {

constexpr int pods = 100'000;
constexpr int nodes = 1'000;
constexpr int namespaces = 50;
constexpr int strategies = 1'000;
constexpr double bar_ms = 50;

// 8 labels each, as pods of deployments have.
Pod pod(int number, std::mt19937& random) {
  const auto pick = [&](int count) {
    return static_cast<int>(random() % static_cast<unsigned>(count));
  };
  Pod made;
  made.uid = PodUid("20da609e-6973-4463-a1f9-" + std::to_string(100'000'000'000 + number));
  made.name = "workload-" + std::to_string(number);
  made.name_space = Namespace("team-" + std::to_string(pick(namespaces)));
  made.node = NodeName("worker-" + std::to_string(number % nodes));
  made.labels = {
      {"app", "app-" + std::to_string(pick(500))}, {"tier", "tier-" + std::to_string(pick(5))},
      {"zone", "zone-" + std::to_string(pick(3))}, {"pod-template-hash", std::to_string(random())},
      {"app.kubernetes.io/name", "app"},           {"app.kubernetes.io/instance", "one"},
      {"app.kubernetes.io/version", "1.2.3"},      {"app.kubernetes.io/managed-by", "Helm"}};
  return made;
}

Strategy selecting(const std::string& id, const std::string& key, const std::string& value) {
  Strategy strategy;
  strategy.id = StrategyId(id);
  strategy.selector = *LabelSelector::parse({simple_requirement(key, value)});
  return strategy;
}

Scope everything() {
  return {UserId("u"), {{"schedule_strategy.read", false, "", ""}}};
}

// All namespaces but one of them, each by a policy of its own.
Scope many_namespaces() {
  std::vector<RolePolicy> policies;
  for (int i = 1; i < namespaces; ++i) {
    policies.push_back({"schedule_strategy.read", false, "team-" + std::to_string(i), ""});
  }
  return {UserId("u"), std::move(policies)};
}

bool measure(const char* what,
             const IncrementalPlan& plan,
             const Strategy& draft,
             const std::optional<StrategyId>& base,
             const Scope& scope) {
  std::vector<double> took;
  std::size_t matched = 0;
  for (int i = 0; i < 100; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    matched = plan.preview(draft, base, scope, TimePoint{}).matched_pods;
    took.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::ranges::sort(took);
  const double worst = took[98];
  std::printf("%-40s %7zu pods  p50 %7.2f ms  p99 %7.2f ms  bar %.0f ms  %s\n", what, matched,
              took[49], worst, bar_ms, worst <= bar_ms ? "ok" : "MISSED");
  return worst <= bar_ms;
}

int run() {
  std::mt19937 random(20'261'125);
  IncrementalPlan plan;
  for (int i = 0; i < pods; ++i) plan.put_pod(pod(i, random));
  for (int i = 0; i < strategies; ++i) {
    plan.put_strategy(selecting("s-" + std::to_string(i), "app", "app-" + std::to_string(i % 500)));
  }
  Strategy all;
  all.rank = 1;
  Strategy excluding;
  excluding.selector = *LabelSelector::parse({{"tier", LabelOperator::not_in, {"tier-1"}}});
  const Strategy one = selecting("", "app", "app-7");
  const Strategy third = selecting("", "zone", "zone-1");
  const auto none = std::nullopt;
  bool is_good = measure("one application", plan, one, none, everything());
  is_good = measure("one of three zones", plan, third, none, everything()) && is_good;
  is_good = measure("all but one of five tiers", plan, excluding, none, everything()) && is_good;
  is_good = measure("every pod", plan, all, none, everything()) && is_good;
  is_good = measure("every pod, by 49 policies", plan, all, none, many_namespaces()) && is_good;

  // In the place of one that selects every pod, which every pod's list then has.
  Strategy base;
  base.id = StrategyId("base");
  plan.put_strategy(base);
  all.id = excluding.id = base.id;
  is_good = measure("every pod, as before", plan, all, base.id, everything()) && is_good;
  is_good = measure("a fifth less", plan, excluding, base.id, everything()) && is_good;
  is_good = measure("a fifth less, by 49 policies", plan, excluding, base.id, many_namespaces()) &&
            is_good;
  return is_good ? 0 : 1;
}

}  // namespace
}  // namespace gthulhu

int main() {
  return gthulhu::run();
}
