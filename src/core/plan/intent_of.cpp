// SPDX-License-Identifier: Apache-2.0
#include "core/plan/intent_of.h"

#include "core/plan/intent_id.h"

namespace gthulhu {

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
                .pod_labels = pod.labels,
                .creator = strategy.creator};
}

bool want_the_same(const Strategy& left, const Strategy& right) {
  return left.id == right.id && left.command == right.command && left.priority == right.priority &&
         left.slice == right.slice && left.clamped == right.clamped &&
         left.creator == right.creator;
}

}  // namespace gthulhu
