// SPDX-License-Identifier: Apache-2.0
#include "app/manager/strategies.h"

#include "base/log.h"
#include "core/model/object_id.h"

namespace gthulhu {

Strategies::Strategies(const Clock& clock, Random& random, StrategyStore& store, Plane& plane)
    : clock_(clock), random_(random), store_(store), plane_(plane) {}

Result<> Strategies::load() {
  const std::lock_guard lock(order_);
  StoredStrategies stored = TRY(store_.strategies());
  for (const std::string& problem : stored.unreadable) {
    log_error("a stored strategy is left out", {{"problem", problem}});
  }
  plane_.strategies_are(std::move(stored.strategies));
  return {};
}

Result<Strategies::Created> Strategies::create(Strategy draft, const UserId& creator) {
  draft.id = StrategyId(new_object_id(clock_.now(), random_));
  draft.creator = draft.updater = creator;
  draft.created = draft.updated = clock_.now();
  const std::lock_guard lock(order_);
  AuditEntry audit;
  audit.at = draft.created;
  audit.user = creator;
  audit.action = "strategy.create";
  audit.object = "strategy/" + draft.id.str();
  TRY(store_.put(draft, audit));
  const std::size_t matched = plane_.put(draft);
  return Created{draft.id, matched};
}

Result<> Strategies::erase(const StrategyId& id, const UserId& who) {
  const Error missing{Errc::not_found,
                      "strategy not found or you don't have permission to delete it", ""};
  const std::lock_guard lock(order_);
  const auto known = plane_.snapshot()->strategies;
  const auto strategy = known->find(id);
  if (strategy == known->end() || strategy->second.creator != who) return missing;
  AuditEntry audit;
  audit.at = clock_.now();
  audit.user = who;
  audit.action = "strategy.delete";
  audit.object = "strategy/" + id.str();
  TRY(store_.erase(id, audit));
  plane_.erase(id);
  return {};
}

std::vector<Strategy> Strategies::made_by(const UserId& who) const {
  std::vector<Strategy> made;
  const auto strategies = plane_.snapshot()->strategies;
  for (const auto& [id, strategy] : *strategies) {
    if (strategy.creator == who) made.push_back(strategy);
  }
  return made;
}

std::vector<Strategies::Known> Strategies::intents_of(const UserId& who) const {
  std::vector<Known> known;
  const Plane::View snapshot = plane_.snapshot();
  for (const auto& [node, view] : snapshot->nodes) {
    for (const Intent& intent : view->wanted.intents) {
      if (intent.creator == who) known.push_back({intent, view->report_of(intent)});
    }
  }
  return known;
}

}  // namespace gthulhu
