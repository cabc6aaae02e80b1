// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/match/glob.h"
#include "core/model/packed_labels.h"
#include "core/model/pod.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Which pods a strategy selects: those in one of its namespaces and in none of its excluded ones,
// whose labels its selector selects, whose cgroup path one of its globs matches, that have a
// container of its name, and that it does not leave out by UID. What is empty selects all; a list
// of one empty namespace is empty too, as clients of the Go system send it (contract 5.2). The
// command pattern selects processes, not pods.
//
// A protected pod (protection.h) is selected only by a strategy that says so (includes_protected)
// or that names the pod's namespace.
//
// A value; made once per strategy. Threads: const functions from anywhere.
class PodSelection {
 public:
  explicit PodSelection(const Strategy& strategy);

  // What it looks at of a pod.
  struct Traits {
    const PodUid& uid;
    LabelView labels;
    const Namespace& name_space;
    std::string_view cgroup_path;
    std::span<const Container> containers;
    bool is_protected;
  };
  [[nodiscard]] bool selects(const Traits& pod) const;
  [[nodiscard]] bool selects(const Pod& pod) const;

  [[nodiscard]] const LabelSelector& selector() const { return selector_; }
  [[nodiscard]] const std::set<Namespace>& namespaces() const { return namespaces_; }  // empty: all
  [[nodiscard]] bool has_globs() const { return has_globs_; }

 private:
  LabelSelector selector_;
  std::set<Namespace> namespaces_;
  std::set<Namespace> excluded_namespaces_;
  std::set<PodUid> excluded_pods_;
  std::string container_;
  bool includes_protected_;
  bool has_globs_;
  std::vector<Glob> globs_;  // those that are legal: another program may have stored others
};

}  // namespace gthulhu
