// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <shared_mutex>
#include <vector>

#include "app/agent/node_loop.h"
#include "app/ports/node_link.h"

namespace gthulhu {

// The way to the decision maker of the same process. Threads: all functions from anywhere.
class LocalNodeLink : public NodeLink {
 public:
  // While this lives deliveries reach the loop, which must outlive it; before and after they fail
  // and are tried again.
  class Connection {
   public:
    Connection(LocalNodeLink& link, NodeLoop& loop) : link_(link) { link_.use(&loop); }
    ~Connection() { link_.use(nullptr); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

   private:
    LocalNodeLink& link_;
  };

  std::vector<Outcome> deliver(std::vector<Delivery> deliveries) override;
  Result<RunningPods> processes(const NodeName& node) override;

 private:
  void use(NodeLoop* loop);
  Outcome deliver_one(Delivery delivery);

  std::shared_mutex mutex_;  // guards loop_, also while it is used
  NodeLoop* loop_ = nullptr;
};

}  // namespace gthulhu
