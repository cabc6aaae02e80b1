// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tests/scale/http_connection.h"
#include "tests/scale/simulated_cluster.h"

namespace gthulhu::scale {

// The Kubernetes API of a cluster as far as a manager uses it: pods, nodes and namespaces, listed
// in pages and watched. A page shows what is there when it is sent, under the version of the list's
// beginning.
class ClusterService : public HttpService {
 public:
  ClusterService(const net::Executor& executor, SimulatedCluster& cluster)
      : executor_(executor), cluster_(cluster) {}

  net::Awaitable<bool> serve(HttpConnection* connection) override;

  // When the first byte of the last whole list of pods was sent, and its last.
  [[nodiscard]] net::Wakeup::Time list_began() const { return list_began_; }
  [[nodiscard]] net::Wakeup::Time list_ended() const { return list_ended_; }
  [[nodiscard]] std::size_t pod_lists() const { return pod_lists_; }

 private:
  enum class Kind : std::uint8_t { pods, nodes, namespaces };
  struct Page {
    std::size_t begin = 0;
    std::uint64_t version = 0;
    std::size_t limit = 0;
    bool metadata_only = false;
  };

  net::Awaitable<bool> list(HttpConnection* connection, Kind kind);
  net::Awaitable<bool> watch(HttpConnection* connection, Kind kind);
  [[nodiscard]] Page page_of(const net::Request& request) const;
  [[nodiscard]] std::size_t count(Kind kind) const;
  // Where the items end: the first that is not in the page.
  std::size_t append_items(std::string& bytes, Kind kind, const Page& page) const;
  // The events from there on, which is moved behind them.
  std::string new_lines(std::size_t& next) const;
  [[nodiscard]] std::string bookmark(Kind kind) const;

  net::Executor executor_;
  SimulatedCluster& cluster_;
  net::Wakeup::Time list_began_;
  net::Wakeup::Time list_ended_;
  std::size_t pod_lists_ = 0;
};

}  // namespace gthulhu::scale
