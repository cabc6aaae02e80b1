// SPDX-License-Identifier: Apache-2.0
#include "core/plan/ranking.h"

namespace gthulhu {

Specificity specificity(const Strategy& strategy) {
  if (!strategy.command.matches_everything()) return Specificity::command;
  if (!strategy.selector.empty() || !strategy.cgroup_paths.empty() || !strategy.container.empty()) {
    return Specificity::labels;
  }
  const auto& namespaces = strategy.namespaces;
  const bool is_all =
      strategy.excluded_namespaces.empty() &&
      (namespaces.empty() || (namespaces.size() == 1 && namespaces.front().empty()));
  return is_all ? Specificity::all : Specificity::name_space;
}

std::strong_ordering Standing::operator<=>(const Standing& other) const {
  if (const auto order = rank <=> other.rank; order != 0) return order;
  if (const auto order = specificity <=> other.specificity; order != 0) return order;
  // Older is stronger, and so is the smaller id.
  if (const auto order = other.created <=> created; order != 0) return order;
  return other.id <=> id;
}

Standing standing(const Strategy& strategy) {
  return {strategy.rank, specificity(strategy), strategy.created, strategy.id};
}

}  // namespace gthulhu
