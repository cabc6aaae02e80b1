// SPDX-License-Identifier: Apache-2.0
#include "core/plan/intent_of.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/plan/intent_id.h"

namespace gthulhu {

std::vector<std::string> container_ids(const Strategy& strategy,
                                       std::span<const Container> containers) {
  std::vector<std::string> ids;
  if (strategy.container.empty()) return ids;
  for (const Container& container : containers) {
    if (container.name == strategy.container && !container.id.empty()) {
      ids.push_back(container.id);
    }
  }
  std::ranges::sort(ids);
  return ids;
}

Intent intent_of(const Strategy& strategy, const Pod& pod) {
  return Intent{.id = intent_id(strategy.id, pod.uid),
                .strategy = strategy.id,
                .pod = pod.uid,
                .pod_name = pod.name,
                .node = pod.node,
                .name_space = pod.name_space,
                .command = strategy.command,
                .priority = strategy.priority,
                .slice = strategy.slice,
                .clamped = strategy.clamped,
                .rank = strategy.rank,
                .container = strategy.container,
                .container_ids = container_ids(strategy, pod.containers),
                .expires = strategy.expires,
                .pod_labels = PackedLabels(pod.labels),
                .creator = strategy.creator,
                .sent = {}};
}

bool want_the_same(const Strategy& left, const Strategy& right) {
  return left.id == right.id && left.command == right.command && left.priority == right.priority &&
         left.slice == right.slice && left.clamped == right.clamped &&
         left.container == right.container && left.expires == right.expires &&
         left.creator == right.creator;
}

}  // namespace gthulhu
