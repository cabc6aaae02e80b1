// SPDX-License-Identifier: Apache-2.0
#include "core/plan/planner.h"

#include <algorithm>

#include "core/plan/in_force.h"
#include "core/plan/intent_of.h"
#include "core/plan/ranking.h"
#include "core/plan/selects.h"

namespace gthulhu {

namespace {

struct Prepared {
  const Strategy* strategy;
  Standing standing;
  PodSelection selection;
};

std::vector<Prepared> weakest_first(std::span<const Strategy> strategies, TimePoint now) {
  std::vector<Prepared> prepared;
  prepared.reserve(strategies.size());
  for (const Strategy& strategy : strategies) {
    if (!is_in_force(strategy, now)) continue;
    prepared.push_back({&strategy, standing(strategy), PodSelection(strategy)});
  }
  std::ranges::sort(prepared, {}, &Prepared::standing);
  return prepared;
}

std::vector<const Pod*> by_uid(std::span<const Pod> pods) {
  std::vector<const Pod*> sorted;
  sorted.reserve(pods.size());
  for (const Pod& pod : pods) sorted.push_back(&pod);
  std::ranges::sort(sorted, {}, [](const Pod* pod) -> const PodUid& { return pod->uid; });
  return sorted;
}

}  // namespace

Plan plan(const Known& known) {
  const std::vector<Prepared> strategies = weakest_first(known.strategies, known.now);
  Plan result;
  for (const Pod* pod : by_uid(known.pods)) {
    if (pod->node.empty()) continue;  // it is planned for once it is placed
    for (const Prepared& prepared : strategies) {
      if (!prepared.selection.selects(*pod)) continue;
      result.intents[pod->node].push_back(intent_of(*prepared.strategy, *pod));
    }
  }
  return result;
}

}  // namespace gthulhu
