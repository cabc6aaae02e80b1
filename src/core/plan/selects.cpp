// SPDX-License-Identifier: Apache-2.0
#include "core/plan/selects.h"

#include <algorithm>

#include "core/plan/protection.h"

namespace gthulhu {

PodSelection::PodSelection(const Strategy& strategy)
    : selector_(strategy.selector),
      excluded_namespaces_(strategy.excluded_namespaces.begin(),
                           strategy.excluded_namespaces.end()),
      excluded_pods_(strategy.excluded_pods.begin(), strategy.excluded_pods.end()),
      container_(strategy.container),
      includes_protected_(strategy.includes_protected),
      has_globs_(!strategy.cgroup_paths.empty()) {
  const auto& namespaces = strategy.namespaces;
  const bool is_all = namespaces.size() == 1 && namespaces.front().empty();
  if (!is_all) namespaces_.insert(namespaces.begin(), namespaces.end());
  for (const std::string& path : strategy.cgroup_paths) {
    // An illegal glob matches nothing; whoever takes strategies from users refuses it.
    if (auto glob = Glob::parse(path, "cgroupPaths")) globs_.push_back(std::move(*glob));
  }
}

bool PodSelection::selects(const Traits& pod) const {
  const bool is_named = namespaces_.contains(pod.name_space);
  if (!namespaces_.empty() && !is_named) return false;
  if (excluded_namespaces_.contains(pod.name_space)) return false;
  if (!selector_.selects_by([&](const std::string& key) { return pod.labels.find(key); })) {
    return false;
  }
  if (!container_.empty() &&
      std::ranges::find(pod.containers, container_, &Container::name) == pod.containers.end()) {
    return false;
  }
  if (has_globs_ && std::ranges::none_of(
                        globs_, [&](const Glob& glob) { return glob.matches(pod.cgroup_path); })) {
    return false;
  }
  if (pod.is_protected && !is_named && !includes_protected_) return false;
  return !excluded_pods_.contains(pod.uid);
}

bool PodSelection::selects(const Pod& pod) const {
  return selects({pod.uid, pod.labels, pod.name_space, pod.cgroup_path, pod.containers,
                  is_protected(pod.labels, pod.name_space)});
}

}  // namespace gthulhu
