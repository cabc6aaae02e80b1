// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_resource_routes.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.h"
#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/manager/list_reply.h"
#include "rest/manager/strategy_reply.h"
#include "rest/query.h"
#include "rest/reply.h"
#include "wire/preview_json.h"
#include "wire/strategy_json.h"
#include "wire/strategy_request.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";
constexpr std::string_view not_found = "strategy not found or you don't have permission to read it";
constexpr std::array<std::string_view, 6> filter_fields{"id",    "name",   "ns",
                                                        "owner", "tenant", "enabled"};
constexpr std::array<std::string_view, 6> sort_keys{"created", "updated",  "name",
                                                    "id",      "priority", "rank"};

// The revision that a client has seen (RFC 9110 section 13.1.1): "7" or 7; nothing for * and when
// it is absent.
Result<std::optional<std::int64_t>> expected_revision(const net::Request& request) {
  const std::string* field = request.headers.find("If-Match");
  if (field == nullptr) return std::optional<std::int64_t>{};
  std::string_view text = trim(*field);
  if (text == "*") return std::optional<std::int64_t>{};
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  const auto revision = parse_number<std::int64_t>(text);
  if (revision && *revision > 0) return revision;
  return Error{Errc::invalid_argument, "If-Match must be a revision such as \"7\", or *", ""};
}

Result<StrategyId> id_of(const PathParameters& path) {
  const std::string id = to_lower(path.at("id"));
  TRY(wire::check_object_id(id, "id"));
  return StrategyId(id);
}

FilterItem filter_item(const Strategy& strategy) {
  FilterItem item;
  item.texts = {strategy.name, strategy.id.str(), strategy.description};
  item.values = [&strategy](std::string_view field) -> std::vector<std::string> {
    if (field == "id") return {strategy.id.str()};
    if (field == "name") return {strategy.name};
    if (field == "owner") return {strategy.creator.str()};
    if (field == "tenant") return {strategy.strategy_namespace};
    if (field == "enabled") return {strategy.enabled ? "true" : "false"};
    std::vector<std::string> namespaces;
    for (const Namespace& name : strategy.namespaces) namespaces.push_back(name.str());
    return namespaces;
  };
  return item;
}

bool comes_before(const Strategy& left, const Strategy& right, std::string_view key) {
  if (key == "name" && left.name != right.name) return left.name < right.name;
  if (key == "updated" && left.updated != right.updated) return left.updated < right.updated;
  if (key == "created" && left.created != right.created) return left.created < right.created;
  if (key == "priority" && left.priority != right.priority) return left.priority < right.priority;
  if (key == "rank" && left.rank != right.rank) return left.rank < right.rank;
  return left.id < right.id;
}

class StrategyResourceRoutes {
 public:
  StrategyResourceRoutes(const Clock& clock,
                         Accounts& accounts,
                         Strategies& strategies,
                         Plane& plane,
                         SnapshotHistory& history)
      : clock_(&clock),
        accounts_(&accounts),
        strategies_(&strategies),
        plane_(&plane),
        history_(&history) {}

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_read));
    const ListQuery query = TRY(list_query(request, filter_fields, sort_keys));
    const Plane::View snapshot = list_snapshot(*history_, *plane_, query);
    if (snapshot == nullptr) return snapshot_gone();
    std::vector<const Strategy*> rows;
    for (const auto& [id, strategy] : *snapshot->strategies) {
      if (may_see(session, *strategy) && query.filter.accepts(filter_item(*strategy))) {
        rows.push_back(&*strategy);
      }
    }
    std::ranges::sort(rows, [&](const Strategy* left, const Strategy* right) {
      return query.is_descending ? comes_before(*right, *left, query.sort)
                                 : comes_before(*left, *right, query.sort);
    });
    const auto counts = intent_counts(*snapshot);
    return success(list_data(rows, query, snapshot->version,
                             [&](const Strategy* strategy) {
                               const auto known = counts.find(strategy->id);
                               return strategy_item(
                                   *strategy, *snapshot, *accounts_,
                                   known == counts.end() ? IntentCounts{} : known->second);
                             }),
                   clock_->now());
  }

  Result<net::Response> get(const net::Request& request, const PathParameters& path) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_read));
    const StrategyId id = TRY(id_of(path));
    return with_tag(TRY(strategies_->get(session, id, not_found)));
  }

  Result<net::Response> replace(const net::Request& request, const PathParameters& path) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_update));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto draft = wire::decode_strategy(body, TRY(unknown_fields(request)));
    if (!draft) return about_body(std::move(draft).error(), bad_body);
    return change(session, request, path,
                  [&](const Strategy&) -> Result<Strategy> { return std::move(*draft); });
  }

  // JSON merge patch (RFC 7396) over the fields of a request.
  Result<net::Response> patch(const net::Request& request, const PathParameters& path) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_update));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const wire::UnknownFields unknown = TRY(unknown_fields(request));
    return change(session, request, path, [&](const Strategy& present) -> Result<Strategy> {
      auto merged = wire::merge_strategy(present, body, unknown);
      if (!merged) return about_body(std::move(merged).error(), bad_body);
      return merged;
    });
  }

  Result<net::Response> remove(const net::Request& request, const PathParameters& path) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_delete));
    const StrategyId id = TRY(id_of(path));
    const auto expected = TRY(expected_revision(request));
    const Result<> erased = strategies_->erase(session, id, expected);
    if (!erased) return refusal(session, id, erased.error());
    return success(wire::Value::Object{}, clock_->now());
  }

  Result<net::Response> preview(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_read));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto wanted = wire::decode_preview_request(body, TRY(unknown_fields(request)));
    if (!wanted) return about_body(std::move(wanted).error(), bad_body);
    const std::optional<StrategyId> base_id = wanted->base;
    const std::optional<std::int64_t> base_revision = wanted->base_revision;
    UserId owner = session.user.id;
    if (base_id) {
      const Strategy base = TRY(strategies_->get(session, *base_id, not_found));
      if (base_revision && *base_revision != base.revision) {
        return refusal(
            session, base.id,
            Error{Errc::stale,
                  "baseRevision is not the present one, which is " + std::to_string(base.revision),
                  ""});
      }
      owner = base.creator;
    }
    const Strategy draft = TRY(Strategies::bounded(session, std::move(wanted->strategy), owner));
    const Preview preview = TRY(plane_->preview(draft, base_id, session.scope));
    return success(wire::encode_preview(preview, plane_->snapshot()->version), clock_->now());
  }

 private:
  Result<net::Response> change(const Session& session,
                               const net::Request& request,
                               const PathParameters& path,
                               const Strategies::Change& next) const {
    const StrategyId id = TRY(id_of(path));
    const auto expected = TRY(expected_revision(request));
    const auto changed = strategies_->change(session, id, expected, next);
    if (!changed) return refusal(session, id, changed.error());
    return with_tag(changed->strategy);
  }

  [[nodiscard]] wire::Value present_item(const Strategy& strategy) const {
    const Plane::View snapshot = plane_->snapshot();
    return strategy_item(strategy, *snapshot, *accounts_, intent_counts(*snapshot, strategy.id));
  }

  [[nodiscard]] net::Response with_tag(const Strategy& strategy) const {
    net::Response response = success(present_item(strategy), clock_->now());
    response.headers.add("ETag", '"' + std::to_string(strategy.revision) + '"');
    return response;
  }

  // Whoever was too late gets the present object with the refusal.
  [[nodiscard]] net::Response refusal(const Session& session,
                                      const StrategyId& id,
                                      const Error& error) const {
    if (error.code != Errc::stale) return failure(error);
    const auto present = strategies_->get(session, id, not_found);
    if (!present) return failure(error);
    return failure(error, present_item(*present));
  }

  const Clock* clock_;
  Accounts* accounts_;
  Strategies* strategies_;
  Plane* plane_;
  SnapshotHistory* history_;
};

}  // namespace

void add_strategy_resource_routes(Router& router,
                                  const Clock& clock,
                                  Accounts& accounts,
                                  Strategies& strategies,
                                  Plane& plane,
                                  SnapshotHistory& history) {
  using Routes = StrategyResourceRoutes;
  const Routes routes(clock, accounts, strategies, plane, history);
  const std::string_view one = "/api/v1/strategies/{id}";
  router.add("GET", "/api/v1/strategies", RunsOn::worker, bind(routes, &Routes::list));
  router.add("POST", "/api/v1/strategies/preview", RunsOn::worker, bind(routes, &Routes::preview));
  router.add("GET", one, RunsOn::worker, bind(routes, &Routes::get));
  router.add("PUT", one, RunsOn::worker, bind(routes, &Routes::replace));
  router.add("PATCH", one, RunsOn::worker, bind(routes, &Routes::patch));
  router.add("DELETE", one, RunsOn::worker, bind(routes, &Routes::remove));
}

}  // namespace gthulhu::rest
