// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <vector>

#include "app/ports/node_link.h"

namespace gthulhu {

// Nodes that hold what is delivered to them, unless they are down or hold something newer.
// Threads: one at a time; tests look at `held` between calls.
class FakeNodeLink : public NodeLink {
 public:
  std::set<NodeName> down;
  std::map<NodeName, NodeIntents> held;
  std::size_t calls = 0;

  std::vector<Outcome> deliver(std::vector<Delivery> deliveries) override {
    ++calls;
    std::vector<Outcome> outcomes;
    for (auto& [node, intents] : deliveries) {
      if (down.contains(node)) {
        outcomes.push_back({node, Error{Errc::unavailable, "node is down", ""}, 0});
        continue;
      }
      NodeIntents& present = held[node];
      if (intents.generation < present.generation) {
        outcomes.push_back({node, Error{Errc::conflict, "the node holds a newer generation", ""},
                            present.generation});
        continue;
      }
      present = std::move(intents);
      outcomes.push_back({node, {}, present.generation});
    }
    return outcomes;
  }

  std::map<NodeName, RunningPods> running;

  Result<RunningPods> processes(const NodeName& node) override {
    if (down.contains(node)) return Error{Errc::unavailable, "node is down", ""};
    const auto known = running.find(node);
    if (known == running.end()) return Error{Errc::not_found, "no such node", node.str()};
    return known->second;
  }
};

}  // namespace gthulhu
