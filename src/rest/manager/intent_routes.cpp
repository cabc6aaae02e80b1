// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/intent_routes.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/manager/list_reply.h"
#include "rest/query.h"
#include "rest/reply.h"
#include "wire/intent_json.h"
#include "wire/strategy_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";
constexpr std::array<std::string_view, 6> filter_fields{"id",  "strategy", "ns",
                                                        "pod", "node",     "state"};
constexpr std::array<std::string_view, 4> sort_keys{"node", "pod", "state", "id"};

struct Row {
  const Intent* intent;
  IntentReport report;
};

FilterItem filter_item(const Row& row) {
  FilterItem item;
  item.labels = LabelView(*row.intent->pod_labels);
  item.texts = {row.intent->pod_name, row.intent->id.str(), row.intent->node.str()};
  item.values = [&row](std::string_view field) -> std::vector<std::string> {
    const Intent& intent = *row.intent;
    if (field == "id") return {intent.id.str()};
    if (field == "strategy") return {intent.strategy.str()};
    if (field == "ns") return {intent.name_space.str()};
    if (field == "node") return {intent.node.str()};
    if (field == "state") return {std::string(name(row.report.state))};
    return {intent.pod_name, intent.pod.str()};
  };
  return item;
}

bool comes_before(const Row& left, const Row& right, std::string_view key) {
  const Intent& a = *left.intent;
  const Intent& b = *right.intent;
  if (key == "node" && a.node != b.node) return a.node < b.node;
  if (key == "pod" && a.pod_name != b.pod_name) return a.pod_name < b.pod_name;
  if (key == "state" && left.report.state != right.report.state) {
    return left.report.state < right.report.state;
  }
  return a.id < b.id;
}

// The intents that the session may see, in the order of nodes.
std::vector<Row> visible(const Session& session, const Snapshot& snapshot) {
  std::vector<Row> rows;
  for (const auto& [node, view] : snapshot.nodes) {
    for (const Intent& intent : view->wanted->intents) {
      if (may_see(session, snapshot, intent)) rows.push_back({&intent, view->report_of(intent)});
    }
  }
  return rows;
}

class IntentRoutes {
 public:
  IntentRoutes(const Clock& clock,
               Accounts& accounts,
               Strategies& strategies,
               const Plane& plane,
               SnapshotHistory& history)
      : clock_(&clock),
        accounts_(&accounts),
        strategies_(&strategies),
        plane_(&plane),
        history_(&history) {}

  Result<net::Response> list_own(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_intent_read));
    const Plane::View snapshot = plane_->snapshot();
    wire::Value::Array items;
    for (const Row& row : visible(session, *snapshot)) {
      if (row.intent->creator != session.user.id) continue;
      items.push_back(wire::encode_intent(*row.intent, row.report));
    }
    return success(wire::Value::Object{{"intents", std::move(items)}}, clock_->now());
  }

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_intent_read));
    const ListQuery query = TRY(list_query(request, filter_fields, sort_keys));
    const Plane::View snapshot = list_snapshot(*history_, *plane_, query);
    if (snapshot == nullptr) return snapshot_gone();
    std::vector<Row> rows = visible(session, *snapshot);
    std::erase_if(rows, [&](const Row& row) { return !query.filter.accepts(filter_item(row)); });
    std::ranges::sort(rows, [&](const Row& left, const Row& right) {
      return query.is_descending ? comes_before(right, left, query.sort)
                                 : comes_before(left, right, query.sort);
    });
    return success(
        list_data(rows, query, snapshot->version,
                  [](const Row& row) { return wire::encode_intent_item(*row.intent, row.report); }),
        clock_->now());
  }

  Result<net::Response> exclude(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_intent_delete));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto texts = wire::decode_intent_ids(body);
    if (!texts) return about_body(texts.error(), bad_body);
    const std::vector<IntentId> ids = TRY(wire::parse_intent_ids(*texts));
    TRY(strategies_->exclude(session, ids));
    return success(wire::Value::Object{}, clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  Strategies* strategies_;
  const Plane* plane_;
  SnapshotHistory* history_;
};

}  // namespace

void add_intent_routes(Router& router,
                       const Clock& clock,
                       Accounts& accounts,
                       Strategies& strategies,
                       const Plane& plane,
                       SnapshotHistory& history) {
  const IntentRoutes routes(clock, accounts, strategies, plane, history);
  router.add("GET", "/api/v1/intents", RunsOn::worker, bind(routes, &IntentRoutes::list));
  router.add("GET", "/api/v1/intents/self", RunsOn::worker, bind(routes, &IntentRoutes::list_own));
  router.add("DELETE", "/api/v1/intents", RunsOn::worker, bind(routes, &IntentRoutes::exclude));
}

}  // namespace gthulhu::rest
