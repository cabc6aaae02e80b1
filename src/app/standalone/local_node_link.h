// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "app/agent/node_loop.h"
#include "app/ports/node_link.h"
#include "base/clock.h"
#include "base/random.h"

namespace gthulhu {

// The way to the decision maker of the same process. Threads: as the port says.
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

  // Both outlive it.
  LocalNodeLink(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  ~LocalNodeLink() override { disconnect(); }

  void connect(LinkSink& sink) override;
  void disconnect() override;
  void want(const NodeName& node, Intents intents) override;
  Result<RunningPods> processes(const NodeName& node) override;

 private:
  // What has not been delivered yet.
  struct Pending {
    Intents intents;
    int failures = 0;
    MonotonicTime at = {};  // not before
  };

  void use(NodeLoop* loop);
  void run(LinkSink& sink);
  // What is due, or nothing at the end.
  std::optional<std::pair<NodeName, Intents>> next();
  Result<> deliver(const NodeName& node, const NodeIntents& intents, Generation& held);
  void take_failure(const NodeName& node, const Intents& sent);

  const Clock& clock_;
  Random& random_;

  std::shared_mutex loop_mutex_;  // guards loop_, also while it is used
  NodeLoop* loop_ = nullptr;

  std::mutex mutex_;  // guards all below
  std::condition_variable called_;
  std::map<NodeName, Pending> pending_;
  int in_hand_ = 0;  // failures of what is being delivered
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace gthulhu
