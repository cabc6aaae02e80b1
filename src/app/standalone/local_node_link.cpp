// SPDX-License-Identifier: Apache-2.0
#include "app/standalone/local_node_link.h"

#include <algorithm>

#include "core/sync/backoff.h"

namespace gthulhu {

void LocalNodeLink::use(NodeLoop* loop) {
  {
    const std::lock_guard lock(loop_mutex_);
    loop_ = loop;
  }
  const std::lock_guard lock(mutex_);
  for (auto& [node, pending] : pending_) pending.at = {};  // it may be reached now
  called_.notify_all();
}

void LocalNodeLink::connect(LinkSink& sink) {
  thread_ = std::thread([this, &sink] { run(sink); });
}

void LocalNodeLink::disconnect() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LocalNodeLink::want(const NodeName& node, Intents intents) {
  const std::lock_guard lock(mutex_);
  // What failed before says nothing of how this goes.
  pending_.insert_or_assign(node, Pending{std::move(intents)});
  called_.notify_all();
}

void LocalNodeLink::run(LinkSink& sink) {
  while (const auto due = next()) {
    const auto& [node, intents] = *due;
    Generation held = 0;
    if (const Result<> delivered = deliver(node, *intents, held)) {
      sink.node_acknowledged(node, intents->generation);
    } else {
      // One that holds a newer generation gets another one to hold.
      if (delivered.error().code != Errc::conflict) take_failure(node, intents);
      sink.node_not_reached(node, delivered.error(), held);
    }
  }
}

std::optional<std::pair<NodeName, NodeLink::Intents>> LocalNodeLink::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_) return std::nullopt;
    const auto first =
        std::ranges::min_element(pending_, {}, [](const auto& entry) { return entry.second.at; });
    if (first == pending_.end()) {
      called_.wait(lock);
    } else if (first->second.at <= clock_.monotonic()) {
      // A later one in its place stays; this one comes back where it fails.
      std::pair due(first->first, std::move(first->second.intents));
      in_hand_ = first->second.failures;
      pending_.erase(first);
      return due;
    } else {
      called_.wait_until(lock, first->second.at);
    }
  }
}

void LocalNodeLink::take_failure(const NodeName& node, const Intents& sent) {
  const std::lock_guard lock(mutex_);
  const int failures = in_hand_ + 1;
  pending_.try_emplace(
      node, Pending{sent, failures, next_try(clock_.monotonic(), failures, random_.draw())});
}

Result<> LocalNodeLink::deliver(const NodeName& node,
                                const NodeIntents& intents,
                                Generation& held) {
  const std::shared_lock lock(loop_mutex_);
  if (loop_ == nullptr) return Error{Errc::unavailable, "the decision maker does not run", ""};
  if (node != loop_->node()) {
    return Error{Errc::unavailable, "there is no decision maker on that node", ""};
  }
  Result<> delivered = loop_->accept(intents);
  held = loop_->snapshot()->intents->generation;
  return delivered;
}

Result<RunningPods> LocalNodeLink::processes(const NodeName& node) {
  const std::shared_lock lock(loop_mutex_);
  if (loop_ == nullptr) {
    return Error{Errc::unavailable, "the decision maker does not run", ""};
  }
  if (node != loop_->node()) {
    return Error{Errc::not_found, "there is no decision maker on node " + node.str(), ""};
  }
  return loop_->all_processes();
}

}  // namespace gthulhu
