// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/pod.h"
#include "core/plan/access_path.h"

namespace gthulhu {

// Strategies by the one criterion of their access path.
class StrategyIndex {
 public:
  void add(Slot strategy, const AccessPath& path);
  // With the same path as it was added with.
  void remove(Slot strategy, const AccessPath& path);

  // Every strategy that may select such a pod, each once; the others do not.
  [[nodiscard]] std::vector<Slot> candidates(const Labels& labels,
                                             const Namespace& name_space) const;

 private:
  using Slots = std::vector<Slot>;
  using ByName = std::unordered_map<std::string, Slots>;

  ByName namespaces_;
  ByName keys_;
  std::unordered_map<std::string, ByName> values_;  // by key, then value
  Slots rest_;
};

}  // namespace gthulhu
