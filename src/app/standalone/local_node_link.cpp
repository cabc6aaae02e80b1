// SPDX-License-Identifier: Apache-2.0
#include "app/standalone/local_node_link.h"

namespace gthulhu {

void LocalNodeLink::use(NodeLoop* loop) {
  const std::lock_guard lock(mutex_);
  loop_ = loop;
}

std::vector<NodeLink::Outcome> LocalNodeLink::deliver(std::vector<Delivery> deliveries) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(deliveries.size());
  for (Delivery& delivery : deliveries) outcomes.push_back(deliver_one(std::move(delivery)));
  return outcomes;
}

NodeLink::Outcome LocalNodeLink::deliver_one(Delivery delivery) {
  const std::shared_lock lock(mutex_);
  if (loop_ == nullptr) {
    return {delivery.node, Error{Errc::unavailable, "the decision maker does not run", ""}, 0};
  }
  if (delivery.node != loop_->node()) {
    return {delivery.node, Error{Errc::unavailable, "there is no decision maker on that node", ""},
            0};
  }
  Result<> delivered = loop_->accept(std::move(delivery.intents));
  return {delivery.node, std::move(delivered), loop_->snapshot()->intents->generation};
}

Result<RunningPods> LocalNodeLink::processes(const NodeName& node) {
  const std::shared_lock lock(mutex_);
  if (loop_ == nullptr) {
    return Error{Errc::unavailable, "the decision maker does not run", ""};
  }
  if (node != loop_->node()) {
    return Error{Errc::not_found, "there is no decision maker on node " + node.str(), ""};
  }
  return loop_->all_processes();
}

}  // namespace gthulhu
