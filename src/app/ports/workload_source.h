// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu {

// What a workload source knows of a node.
struct NodeFact {
  std::optional<bool> is_ready;  // nothing: the node does not say

  bool operator==(const NodeFact&) const = default;
};

// Takes what a workload source sees. Threads: from any, one call at a time.
class PodSink {
 public:
  virtual ~PodSink() = default;

  // These pods exist and no others.
  virtual void pods_are(std::vector<Pod> pods) = 0;
  // These pods are new or changed, those are gone; all others are as before.
  virtual void pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) = 0;
  // What was said so far is all there is. Until then, or pods_are(), nothing is known to be absent.
  virtual void pods_are_all() = 0;
  // These nodes exist and no others; for a source that can see nodes.
  virtual void nodes_are(std::map<NodeName, NodeFact> nodes) = 0;
};

// Where pods come from. One start(), then one stop().
class WorkloadSource {
 public:
  virtual ~WorkloadSource() = default;

  // "local" or "kubernetes", for the status.
  [[nodiscard]] virtual std::string kind() const = 0;

  // From now on `sink`, which must outlive stop(), hears of all pods: pods_are() once, or
  // pods_changed() and then pods_are_all(); then of changes. Runs a thread of its own.
  virtual Result<> start(PodSink& sink) = 0;
  // Returns when the sink will not be called any more.
  virtual void stop() = 0;
};

}  // namespace gthulhu
