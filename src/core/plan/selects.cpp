// SPDX-License-Identifier: Apache-2.0
#include "core/plan/selects.h"

#include <algorithm>

namespace gthulhu {

PodSelection::PodSelection(const Strategy& strategy)
    : selector_(strategy.selector), has_globs_(!strategy.cgroup_paths.empty()) {
  const auto& namespaces = strategy.namespaces;
  const bool is_all = namespaces.size() == 1 && namespaces.front().empty();
  if (!is_all) namespaces_.insert(namespaces.begin(), namespaces.end());
  for (const std::string& path : strategy.cgroup_paths) {
    // An illegal glob matches nothing; whoever takes strategies from users refuses it.
    if (auto glob = Glob::parse(path, "cgroupPaths")) globs_.push_back(std::move(*glob));
  }
}

bool PodSelection::selects(const Labels& labels,
                           const Namespace& name_space,
                           std::string_view cgroup_path) const {
  if (!namespaces_.empty() && !namespaces_.contains(name_space)) return false;
  if (!selector_.selects(labels)) return false;
  return !has_globs_ ||
         std::ranges::any_of(globs_, [&](const Glob& glob) { return glob.matches(cgroup_path); });
}

}  // namespace gthulhu
