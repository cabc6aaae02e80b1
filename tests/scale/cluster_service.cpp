// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/cluster_service.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace gthulhu::scale {

namespace {

// From one bookmark to the next, and until a client that is gone is noticed.
constexpr std::chrono::seconds beat{5};
constexpr std::size_t longest_chunk = 1024UL * 1024;

std::uint64_t number(const std::string* text, std::uint64_t otherwise) {
  if (text == nullptr) return otherwise;
  std::uint64_t value = otherwise;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

// "pods" → "Pod"
std::string_view object_kind(std::size_t kind) {
  constexpr std::array<std::string_view, 3> names{"Pod", "Node", "Namespace"};
  return names.at(kind);
}

// Woken with the others while it lives.
struct Watcher {
  Watcher(const net::Executor& executor, SimulatedCluster& watched)
      : cluster(watched), wakeup(executor) {
    cluster.add_watcher(&wakeup);
  }
  ~Watcher() { cluster.remove_watcher(&wakeup); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  SimulatedCluster& cluster;
  net::Wakeup wakeup;
};

}  // namespace

net::Awaitable<bool> ClusterService::serve(HttpConnection* connection) {
  const net::Request& request = connection->request();
  Kind kind = Kind::pods;
  if (request.path == "/api/v1/nodes") {
    kind = Kind::nodes;
  } else if (request.path == "/api/v1/namespaces") {
    kind = Kind::namespaces;
  } else if (request.path != "/api/v1/pods") {
    const bool is_sent =
        co_await connection->answer(404, R"({"kind":"Status","status":"Failure","code":404})");
    co_return is_sent;
  }
  if (request.query_value("watch") != nullptr) {
    const bool is_sent = co_await watch(connection, kind);
    co_return is_sent;
  }
  const bool is_sent = co_await list(connection, kind);
  co_return is_sent;
}

// --- lists ---

ClusterService::Page ClusterService::page_of(const net::Request& request) const {
  Page page;
  page.version = cluster_.version();
  page.limit = number(request.query_value("limit"), cluster_.pods().size() + 1);
  if (const std::string* token = request.query_value("continue")) {
    page.begin = number(token, 0);
    const std::string version = token->substr(token->find('.') + 1);
    page.version = number(&version, page.version);
  }
  const std::string* accept = request.headers.find("Accept");
  page.metadata_only =
      accept != nullptr && accept->find("PartialObjectMetadataList") != std::string::npos;
  return page;
}

std::size_t ClusterService::count(Kind kind) const {
  switch (kind) {
    case Kind::pods: return cluster_.pods().size();
    case Kind::nodes: return cluster_.sizes().nodes;
    case Kind::namespaces: return SimulatedCluster::namespaces;
  }
  std::abort();
}

std::size_t ClusterService::append_items(std::string& bytes, Kind kind, const Page& page) const {
  const std::size_t all = count(kind);
  std::size_t at = page.begin;
  for (std::size_t items = 0; at < all && items < page.limit; ++at) {
    if (kind == Kind::pods && !cluster_.pods().at(at).is_there) continue;
    if (items > 0) bytes += ',';
    ++items;
    switch (kind) {
      case Kind::pods:
        cluster_.append_pod(bytes, cluster_.pods().at(at), page.metadata_only);
        break;
      case Kind::nodes: bytes += SimulatedCluster::node_object(at); break;
      case Kind::namespaces: bytes += SimulatedCluster::namespace_object(at); break;
    }
  }
  return at;
}

net::Awaitable<bool> ClusterService::list(HttpConnection* connection, Kind kind) {
  const Page page = page_of(connection->request());
  const bool is_of_pods = kind == Kind::pods && !page.metadata_only;
  std::string items;
  items.reserve(kind == Kind::pods ? std::min<std::size_t>(page.limit, 1000) * 6000 : 4096);
  const std::size_t end = append_items(items, kind, page);
  std::string body = R"({"kind":")";
  body += object_kind(static_cast<std::size_t>(kind));
  body += R"(List","apiVersion":"v1","metadata":{"resourceVersion":")";
  body += std::to_string(page.version);
  if (end < count(kind)) {
    body += R"(","continue":")" + std::to_string(end) + "." + std::to_string(page.version);
  }
  body += R"("},"items":[)";
  body += items;
  body += "]}\n";
  if (is_of_pods && page.begin == 0) {
    list_began_ = std::chrono::steady_clock::now();
    ++pod_lists_;
  }
  const bool is_sent = co_await connection->answer(200, std::move(body));
  if (is_of_pods && end == count(kind)) list_ended_ = std::chrono::steady_clock::now();
  co_return is_sent;
}

// --- watches ---

std::string ClusterService::new_lines(std::size_t& next) const {
  std::string lines;
  const auto& events = cluster_.events();
  while (next < events.size() && lines.size() < longest_chunk) lines += events.at(next++).line;
  return lines;
}

std::string ClusterService::bookmark(Kind kind) const {
  std::string line = R"({"type":"BOOKMARK","object":{"kind":")";
  line += object_kind(static_cast<std::size_t>(kind));
  line += R"(","apiVersion":"v1","metadata":{"resourceVersion":")";
  return line + std::to_string(cluster_.version()) + R"(","creationTimestamp":null}}})" + "\n";
}

net::Awaitable<bool> ClusterService::watch(HttpConnection* connection, Kind kind) {
  using Clock = std::chrono::steady_clock;
  const net::Request& request = connection->request();
  const std::uint64_t since = number(request.query_value("resourceVersion"), cluster_.version());
  const auto lasts = std::chrono::seconds(number(request.query_value("timeoutSeconds"), 300));
  const auto ends = Clock::now() + lasts;
  const auto& events = cluster_.events();
  const auto first = std::ranges::upper_bound(events, since, {}, &SimulatedCluster::Event::version);
  auto next = static_cast<std::size_t>(first - events.begin());
  Watcher watcher(executor_, cluster_);
  bool is_there = co_await connection->begin_chunks();
  auto next_beat = Clock::now() + beat;
  while (is_there && Clock::now() < ends) {
    std::string lines;
    if (kind == Kind::pods) lines = new_lines(next);
    if (lines.empty() && Clock::now() >= next_beat) lines = bookmark(kind);
    if (lines.empty()) {
      const auto until = std::min(ends, next_beat);
      co_await watcher.wakeup.wait_until(until);
      continue;
    }
    next_beat = Clock::now() + beat;
    is_there = co_await connection->chunk(std::move(lines));
  }
  if (is_there) is_there = co_await connection->end_chunks();
  co_return is_there;
}

}  // namespace gthulhu::scale
