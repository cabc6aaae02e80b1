// SPDX-License-Identifier: Apache-2.0
#include "app/manager/snapshot.h"

namespace gthulhu {

IntentReport NodeView::report_of(const Intent& intent) const {
  if (const auto known = reports->find(intent.id); known != reports->end()) return known->second;
  IntentReport report;
  report.intent = intent.id;
  const auto first = since->find(intent.id);
  const bool is_there = first != since->end() && first->second <= acknowledged;
  report.state = is_there ? IntentState::delivered : IntentState::pending;
  return report;
}

NodeView with_intents(const NodeView& view, Generation generation, std::vector<Intent> intents) {
  std::map<IntentId, const Intent*> before;
  for (const Intent& intent : view.wanted->intents) before.emplace(intent.id, &intent);

  NodeView next;
  next.acknowledged = view.acknowledged;
  next.link_trouble = view.link_trouble;
  next.node_trouble = view.node_trouble;
  next.enforcer = view.enforcer;
  NodeView::Reports reports;
  NodeView::Beginnings since;
  for (const Intent& intent : intents) {
    const auto old = before.find(intent.id);
    if (old == before.end() || *old->second != intent) {
      since.emplace(intent.id, generation);
      continue;
    }
    since.emplace(intent.id, view.since->at(intent.id));
    if (const auto report = view.reports->find(intent.id); report != view.reports->end()) {
      reports.insert(*report);
    }
  }
  next.wanted = NodeIntents{generation, std::move(intents)};
  next.reports = std::move(reports);
  next.since = std::move(since);
  return next;
}

std::size_t Snapshot::matched_pods(const StrategyId& id) const {
  const auto known = matched->find(id);
  return known == matched->end() ? 0 : known->second;
}

std::map<IntentState, std::size_t> intent_counts(const Snapshot& snapshot, const StrategyId& id) {
  std::map<IntentState, std::size_t> counts;
  for (const auto& [node, view] : snapshot.nodes) {
    for (const Intent& intent : view->wanted->intents) {
      if (intent.strategy == id) ++counts[view->report_of(intent).state];
    }
  }
  return counts;
}

std::map<StrategyId, std::map<IntentState, std::size_t>> intent_counts(const Snapshot& snapshot) {
  std::map<StrategyId, std::map<IntentState, std::size_t>> counts;
  for (const auto& [node, view] : snapshot.nodes) {
    for (const Intent& intent : view->wanted->intents) {
      ++counts[intent.strategy][view->report_of(intent).state];
    }
  }
  return counts;
}

}  // namespace gthulhu
