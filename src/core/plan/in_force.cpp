// SPDX-License-Identifier: Apache-2.0
#include "core/plan/in_force.h"

#include <algorithm>

namespace gthulhu {

bool is_in_force(const Strategy& strategy, TimePoint now) {
  return strategy.enabled && (!strategy.expires || *strategy.expires > now);
}

bool selects_everything(const Strategy& strategy) {
  const bool has_labels =
      std::ranges::any_of(strategy.selector.requirements(), [](const LabelRequirement& required) {
        return required.op == LabelOperator::in || required.op == LabelOperator::exists;
      });
  // A list of one empty namespace means all, as clients of the Go system send it.
  const bool has_namespaces = !strategy.namespaces.empty() && !strategy.namespaces.front().empty();
  return !has_labels && !has_namespaces && strategy.cgroup_paths.empty();
}

}  // namespace gthulhu
