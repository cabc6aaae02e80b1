// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/node_routes.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/reply.h"
#include "wire/agent_json.h"

namespace gthulhu::rest {

namespace {

// The words of the contract. Without the cluster's own word it is ours: a node that has never
// acknowledged anything may be starting up.
std::string_view status_of(const NodeFact* fact, const NodeView* view) {
  if (fact != nullptr) return !fact->is_ready ? "Unknown" : *fact->is_ready ? "Ready" : "NotReady";
  if (!view->link_trouble.empty()) return "NotReady";
  return view->acknowledged == 0 ? "Unknown" : "Ready";
}

class NodeRoutes {
 public:
  NodeRoutes(const Clock& clock, Accounts& accounts, Plane& plane, NodeLink& link)
      : clock_(&clock), accounts_(&accounts), plane_(&plane), link_(&link) {}

  Result<net::Response> list(const net::Request& request) const {
    TRY(admit(*accounts_, request, Permission::pod_pid_mapping_read));
    const Plane::View snapshot = plane_->snapshot();
    std::map<NodeName, std::string_view> nodes;
    // Where the cluster says which nodes there are, others that once were are not listed.
    if (snapshot->facts->empty()) {
      for (const auto& [node, view] : snapshot->nodes) nodes[node] = status_of(nullptr, view.get());
    }
    for (const auto& [node, fact] : *snapshot->facts) nodes[node] = status_of(&fact, nullptr);
    wire::Value::Array items;
    for (const auto& [node, status] : nodes) {
      items.emplace_back(wire::Value::Object{{"name", node.str()}, {"status", status}});
    }
    return success(wire::Value::Object{{"nodes", std::move(items)}}, clock_->now());
  }

  Result<net::Response> processes(const net::Request& request, const PathParameters& path) const {
    const Session session = TRY(admit(*accounts_, request, Permission::pod_pid_mapping_read));
    const NodeName node(path.at("nodeID"));
    RunningPods pods = TRY(link_->processes(node));
    std::vector<PodUid> uids;
    for (const Shared<PodProcesses>& pod : pods) uids.push_back(pod->pod());
    // A pod that the manager does not know (yet) has no namespace that a role could name.
    const std::map<PodUid, Namespace> namespaces = plane_->namespaces_of(std::move(uids));
    std::erase_if(pods, [&](const Shared<PodProcesses>& pod) {
      const auto known = namespaces.find(pod->pod());
      return !session.scope.covers_pods_of(known == namespaces.end() ? Namespace() : known->second);
    });
    return success(wire::encode_pod_processes(pods, node, clock_->now()), clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  Plane* plane_;
  NodeLink* link_;
};

}  // namespace

void add_node_routes(
    Router& router, const Clock& clock, Accounts& accounts, Plane& plane, NodeLink& link) {
  const NodeRoutes routes(clock, accounts, plane, link);
  router.add("GET", "/api/v1/nodes", RunsOn::network_thread, bind(routes, &NodeRoutes::list));
  router.add("GET", "/api/v1/nodes/{nodeID}/pods/pids", RunsOn::worker,
             bind(routes, &NodeRoutes::processes));
}

}  // namespace gthulhu::rest
