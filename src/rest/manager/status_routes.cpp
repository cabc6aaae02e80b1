// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/status_routes.h"

#include "rest/bind.h"
#include "rest/guard.h"
#include "wire/status_json.h"

namespace gthulhu::rest {

namespace {

wire::NodeStatus status_of(const NodeName& node, const NodeView& view) {
  wire::NodeStatus status;
  status.node = node;
  status.generation = view.wanted->generation;
  status.acknowledged = view.acknowledged;
  status.is_up_to_date = view.is_up_to_date();
  for (const Intent& intent : view.wanted->intents) ++status.intents[view.report_of(intent).state];
  status.enforcer = view.enforcer;
  status.trouble = view.link_trouble.empty() ? view.node_trouble : view.link_trouble;
  return status;
}

class StatusRoutes {
 public:
  StatusRoutes(const Clock& clock, Accounts& accounts, const Plane& plane, Assembly assembly)
      : clock_(&clock), accounts_(&accounts), plane_(&plane), assembly_(std::move(assembly)) {}

  Result<net::Response> status(const net::Request& request) const {
    TRY(admit(*accounts_, request, std::nullopt));
    const Plane::View snapshot = plane_->snapshot();
    wire::ManagerStatus status;
    status.version = GTHULHU_VERSION;
    status.mode = assembly_.mode;
    status.store = assembly_.store;
    status.workload_source = assembly_.workload_source;
    status.workloads = assembly_.workloads();
    status.pods = snapshot->pods;
    status.strategies = snapshot->strategies->size();
    for (const auto& [node, view] : snapshot->nodes) status.nodes.push_back(status_of(node, *view));
    return success(wire::encode_status(status), clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  const Plane* plane_;
  Assembly assembly_;
};

}  // namespace

void add_status_routes(
    Router& router, const Clock& clock, Accounts& accounts, const Plane& plane, Assembly assembly) {
  const StatusRoutes routes(clock, accounts, plane, std::move(assembly));
  router.add("GET", "/api/v1/status", RunsOn::worker, bind(routes, &StatusRoutes::status));
}

}  // namespace gthulhu::rest
