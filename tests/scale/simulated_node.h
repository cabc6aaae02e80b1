// SPDX-License-Identifier: Apache-2.0
//
// A decision maker as a manager sees it: protocol 1 of docs/api/node-link.md, without a kernel.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "core/sync/node_set.h"
#include "core/sync/report_log.h"
#include "net/wakeup.h"
#include "tests/scale/http_connection.h"
#include "wire/node_link_json.h"

namespace gthulhu::scale {

class SimulatedNode;

// Told of each set that a node has taken. Threads: the loop's.
class NodeObserver {
 public:
  virtual ~NodeObserver() = default;
  virtual void took(SimulatedNode& node, const std::set<StrategyId>& strategies_before) = 0;
};

// What a node was asked, for the figures.
struct NodeTraffic {
  std::size_t sets = 0;
  std::size_t differences = 0;
  std::size_t bytes = 0;
  std::size_t refused = 0;
  std::size_t reports = 0;
};

// Threads: the loop's.
class SimulatedNode : public HttpService {
 public:
  struct Parts {
    net::Executor executor;
    net::TaskGroup& tasks;
    NodeObserver& observer;
    NodeTraffic& traffic;
    const std::string& public_key;  // what a token is given for
  };

  SimulatedNode(const Parts& parts, std::size_t index, std::string name);

  net::Awaitable<bool> serve(HttpConnection* connection) override;

  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] std::uint16_t port() const { return port_.port(); }
  [[nodiscard]] const NodeSet& set() const { return set_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }

  // From now on it takes connections and requests and answers nothing; and again.
  void hang() { is_hung_ = true; }
  void wake_up();
  [[nodiscard]] bool is_hung() const { return is_hung_; }

 private:
  // Until it is not hung any more.
  net::Awaitable<> answer_nothing();
  net::Awaitable<bool> report(HttpConnection* connection);
  struct Held {
    NodeSet set;
    Digest digest;
  };
  // Status and body.
  using Answer = std::pair<int, std::string>;
  Answer answer_of(const net::Request& request);
  Answer give_token(const net::Request& request);
  Answer take(const net::Request& request);
  Result<Held> next_set(const net::Request& request);
  Answer refuse(const Error& error) const;
  void hold(Held next);
  [[nodiscard]] Answer state() const;
  [[nodiscard]] bool may(const net::Request& request) const;

  const Parts parts_;
  const std::size_t index_;
  const std::string name_;
  const std::string token_;
  NodeSet set_;
  Digest digest_;
  ReportLog reports_{1'000'000};
  std::set<net::Wakeup*> waiting_;
  bool is_hung_ = false;
  HttpPort port_;
};

}  // namespace gthulhu::scale
