// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "core/model/intent.h"
#include "core/model/node.h"
#include "core/model/process.h"

namespace gthulhu {

// The way to the decision makers.
class NodeLink {
 public:
  struct Delivery {
    NodeName node;
    NodeIntents intents;
  };
  struct Outcome {
    NodeName node;
    Result<> delivered;
    Generation held = 0;  // what the node has now, when it said so
  };

  virtual ~NodeLink() = default;

  // Delivers to all nodes at once and answers for each of them, within the deadline of the link. A
  // node that is down is an outcome, not a failure. Delivered means: the node has it on disk.
  // Errc::conflict means that it holds a newer generation.
  virtual std::vector<Outcome> deliver(std::vector<Delivery> deliveries) = 0;

  // What runs in the pods of a node now. Errc::not_found when no decision maker is known there,
  // Errc::unavailable when it does not answer. Threads: from anywhere.
  virtual Result<RunningPods> processes(const NodeName& node) = 0;
};

}  // namespace gthulhu
