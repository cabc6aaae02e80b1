// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "core/match/glob.h"
#include "core/model/pod.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Which pods a strategy selects: those in one of its namespaces whose labels its selector selects
// and whose cgroup path one of its globs matches. What is empty selects all; a list of one empty
// namespace is empty too, as clients of the Go system send it (contract 5.2). The command pattern
// selects processes, not pods.
//
// A value; made once per strategy. Threads: const functions from anywhere.
class PodSelection {
 public:
  explicit PodSelection(const Strategy& strategy);

  [[nodiscard]] bool selects(const Labels& labels,
                             const Namespace& name_space,
                             std::string_view cgroup_path) const;
  [[nodiscard]] bool selects(const Pod& pod) const {
    return selects(pod.labels, pod.name_space, pod.cgroup_path);
  }

  [[nodiscard]] const LabelSelector& selector() const { return selector_; }
  [[nodiscard]] const std::set<Namespace>& namespaces() const { return namespaces_; }  // empty: all
  [[nodiscard]] bool has_globs() const { return has_globs_; }

 private:
  LabelSelector selector_;
  std::set<Namespace> namespaces_;
  bool has_globs_;
  std::vector<Glob> globs_;  // those that are legal: another program may have stored others
};

}  // namespace gthulhu
