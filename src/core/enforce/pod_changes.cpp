// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/pod_changes.h"

#include <optional>

namespace gthulhu {

namespace {

// Quick where nothing happened to the process: then it is the same object.
bool is_same(const Decision& left, const Decision& right) {
  return left.process.is_same(right.process) && left == right;
}

}  // namespace

std::vector<PodChange> pod_changes(const Decisions& before, const Decisions& now) {
  std::vector<PodChange> changes;
  auto old = before.begin();
  auto present = now.begin();
  while (old != before.end() || present != now.end()) {
    if (old != before.end() && present != now.end() && old->is_same(*present)) {
      ++old, ++present;
    } else if (present == now.end() || (old != before.end() && (*old)->pod() < (*present)->pod())) {
      changes.push_back({&**old++, nullptr});
    } else if (old == before.end() || (*present)->pod() < (*old)->pod()) {
      changes.push_back({nullptr, &**present++});
    } else {
      changes.push_back({&**old++, &**present++});
    }
  }
  return changes;
}

DecisionChanges decision_changes(const PodChange& change) {
  static const std::vector<Decision> none;
  const std::vector<Decision>& before = change.before ? change.before->processes : none;
  const std::vector<Decision>& now = change.now ? change.now->processes : none;
  const bool is_alike = change.before != nullptr && change.now != nullptr &&
                        change.before->whole == change.now->whole;
  DecisionChanges changes;
  auto old = before.begin();
  for (const Decision& decision : now) {
    // Both are in the order of their processes, so what was passed over is gone.
    auto same = old;
    while (same != before.end() && same->process->id < decision.process->id) ++same;
    for (; old != same; ++old) changes.gone.push_back(&*old);
    const bool stays = is_alike && old != before.end() && is_same(*old, decision);
    if (stays) {
      ++old;
    } else {
      changes.come.push_back(&decision);
    }
  }
  for (; old != before.end(); ++old) changes.gone.push_back(&*old);
  return changes;
}

}  // namespace gthulhu
