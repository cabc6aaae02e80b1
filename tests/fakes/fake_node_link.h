// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "app/ports/node_link.h"

namespace gthulhu {

// Nodes that hold what is wanted at once, unless they are down or hold something newer.
// Threads: want() from anywhere; tests look at `held` and `down` when nothing is under way.
class FakeNodeLink : public NodeLink {
 public:
  std::set<NodeName> down;
  std::map<NodeName, NodeIntents> held;
  std::map<NodeName, RunningPods> running;

  void connect(LinkSink& sink) override { sink_ = &sink; }
  void disconnect() override { sink_ = nullptr; }

  void want(const NodeName& node, Intents intents) override {
    const std::lock_guard lock(mutex_);
    if (down.contains(node)) {
      wanted_.insert_or_assign(node, std::move(intents));
      sink_->node_not_reached(node, Error{Errc::unavailable, "node is down", ""}, 0);
      return;
    }
    NodeIntents& present = held[node];
    if (intents->generation < present.generation) {
      sink_->node_not_reached(node, Error{Errc::conflict, "the node holds a newer generation", ""},
                              present.generation);
      return;
    }
    present = *intents;
    sink_->node_acknowledged(node, present.generation);
  }

  // The node is there again, and gets what was wanted of it meanwhile.
  void bring_up(const NodeName& node) {
    {
      const std::lock_guard lock(mutex_);
      down.erase(node);
    }
    if (const auto wanted = wanted_.extract(node)) want(node, wanted.mapped());
  }

  Result<RunningPods> processes(const NodeName& node) override {
    if (down.contains(node)) return Error{Errc::unavailable, "node is down", ""};
    const auto known = running.find(node);
    if (known == running.end()) return Error{Errc::not_found, "no such node", node.str()};
    return known->second;
  }

 private:
  LinkSink* sink_ = nullptr;
  std::mutex mutex_;
  std::map<NodeName, Intents> wanted_;  // of those that are down
};

}  // namespace gthulhu
