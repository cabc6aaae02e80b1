// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/pod.h"
#include "core/plan/access_path.h"

namespace gthulhu {

// Pods by label and by namespace. Lists are sorted arrays of slots: four bytes per label of a pod,
// and a list of all of 100,000 pods is changed in some ten microseconds.
class PodIndex {
 public:
  void add(Slot pod, const Labels& labels, const Namespace& name_space);
  // With the same labels and namespace as it was added with.
  void remove(Slot pod, const Labels& labels, const Namespace& name_space);

  // The pods that meet the path's criterion, each once.
  [[nodiscard]] std::vector<Slot> pods(const AccessPath& path) const;
  // How many these are, without listing them.
  [[nodiscard]] std::size_t count(const AccessPath& path) const;

 private:
  using Slots = std::vector<Slot>;
  using ByName = std::unordered_map<std::string, Slots>;
  struct Key {
    std::size_t pods = 0;
    ByName values;
  };

  Slots all_;
  ByName namespaces_;
  std::unordered_map<std::string, Key> keys_;
};

}  // namespace gthulhu
