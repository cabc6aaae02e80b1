// SPDX-License-Identifier: Apache-2.0
#include "app/manager/snapshot.h"

namespace gthulhu {

IntentReport NodeView::report_of(const Intent& intent) const {
  if (const auto known = reports.find(intent.id); known != reports.end()) return known->second;
  IntentReport report;
  report.intent = intent.id;
  const auto first = since.find(intent.id);
  const bool is_there = first != since.end() && first->second <= acknowledged;
  report.state = is_there ? IntentState::delivered : IntentState::pending;
  return report;
}

NodeView with_intents(const NodeView& view, Generation generation, std::vector<Intent> intents) {
  std::map<IntentId, const Intent*> before;
  for (const Intent& intent : view.wanted.intents) before.emplace(intent.id, &intent);

  NodeView next;
  next.acknowledged = view.acknowledged;
  next.link_trouble = view.link_trouble;
  next.node_trouble = view.node_trouble;
  next.enforcer = view.enforcer;
  for (const Intent& intent : intents) {
    const auto old = before.find(intent.id);
    if (old == before.end() || *old->second != intent) {
      next.since.emplace(intent.id, generation);
      continue;
    }
    next.since.emplace(intent.id, view.since.at(intent.id));
    if (const auto report = view.reports.find(intent.id); report != view.reports.end()) {
      next.reports.insert(*report);
    }
  }
  next.wanted = {generation, std::move(intents)};
  return next;
}

}  // namespace gthulhu
