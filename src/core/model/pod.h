// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/name.h"
#include "core/model/node.h"

namespace gthulhu {

using PodUid = Name<struct PodUidTag>;
using Namespace = Name<struct NamespaceTag>;
using Labels = std::map<std::string, std::string, std::less<>>;

// What a strategy can select: a Kubernetes pod, or a workload of a host without
// Kubernetes (docs/local-workloads.md).
struct Container {
  std::string name;
  std::string id;  // of the runtime; empty: not started

  bool operator==(const Container&) const = default;
};

struct Pod {
  PodUid uid;
  std::string name;
  Namespace name_space;
  NodeName node;  // empty: not placed yet
  Labels labels;
  std::vector<Container> containers;
  std::string cgroup_path;  // of local workloads, below the hierarchy's root; else empty

  bool operator==(const Pod&) const = default;
};

}  // namespace gthulhu
