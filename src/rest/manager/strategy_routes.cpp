// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_routes.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/manager/strategy_reply.h"
#include "rest/manager/strategy_texts.h"
#include "rest/query.h"
#include "rest/reply.h"
#include "wire/strategy_json.h"
#include "wire/strategy_request.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";

// Clients of the Go system send no If-Match.
constexpr std::nullopt_t any_revision = std::nullopt;

class StrategyRoutes {
 public:
  StrategyRoutes(const Clock& clock, Accounts& accounts, Strategies& strategies, Plane& plane)
      : clock_(&clock), accounts_(&accounts), strategies_(&strategies), plane_(&plane) {}

  Result<net::Response> create(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_create));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto draft = wire::decode_strategy(body, TRY(unknown_fields(request)));
    if (!draft) return about_body(std::move(draft).error(), bad_body);
    if (TRY(query_truth(request, "requireMatch"))) TRY(require_match(session, *draft));
    const auto created = TRY(strategies_->create(session, std::move(*draft)));
    return written(created);
  }

  Result<net::Response> replace(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_update));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto update = wire::decode_strategy_update(body, TRY(unknown_fields(request)));
    if (!update) return about_body(std::move(update).error(), bad_body);
    const StrategyId id = TRY(wire::parse_strategy_id(update->id));
    TRY(strategies_->change(session, id, any_revision, [&](const Strategy&) -> Result<Strategy> {
      return std::move(update->strategy);
    }));
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> remove(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_delete));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto text = wire::decode_strategy_id(body);
    if (!text) return about_body(text.error(), bad_body);
    const StrategyId id = TRY(wire::parse_strategy_id(*text));
    TRY(strategies_->erase(session, id, any_revision));
    return success(wire::Value::Object{}, clock_->now());
  }

  Result<net::Response> list_own(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_read));
    const Plane::View snapshot = plane_->snapshot();
    std::vector<const Strategy*> own;
    for (const auto& [id, strategy] : *snapshot->strategies) {
      if (strategy->creator == session.user.id && may_see(session, *strategy)) {
        own.push_back(&*strategy);
      }
    }
    std::ranges::sort(own, [](const Strategy* left, const Strategy* right) {
      return std::pair(left->created, left->id) < std::pair(right->created, right->id);
    });
    std::string data = R"({"strategies":[)";
    for (const Strategy* strategy : own) {
      if (strategy != own.front()) data += ',';
      texts_->append(data, *strategy, snapshot->matched_pods(strategy->id));
    }
    data += "]}";
    return success_text(data, clock_->now());
  }

 private:
  // What the Go system asks of every new strategy.
  [[nodiscard]] Result<> require_match(const Session& session, const Strategy& draft) const {
    const Strategy bounded = TRY(Strategies::bounded(session, draft, session.user.id));
    const Preview preview = TRY(plane_->preview(bounded, std::nullopt, session.scope));
    if (preview.matched_pods > 0) return {};
    return Error{Errc::not_found, "no pods match the strategy criteria", ""};
  }

  [[nodiscard]] net::Response written(const Strategies::Written& written) const {
    return success(wire::Value::Object{{"strategyId", written.strategy.id.str()},
                                       {"matchedPods", std::uint64_t{written.matched_pods}},
                                       {"revision", written.strategy.revision}},
                   clock_->now());
  }

  const Clock* clock_;
  Accounts* accounts_;
  Strategies* strategies_;
  Plane* plane_;
  std::shared_ptr<StrategyTexts> texts_ = std::make_shared<StrategyTexts>();
};

}  // namespace

void add_strategy_routes(
    Router& router, const Clock& clock, Accounts& accounts, Strategies& strategies, Plane& plane) {
  const StrategyRoutes routes(clock, accounts, strategies, plane);
  router.add("POST", "/api/v1/strategies", RunsOn::worker, bind(routes, &StrategyRoutes::create));
  router.add("PUT", "/api/v1/strategies", RunsOn::worker, bind(routes, &StrategyRoutes::replace));
  router.add("DELETE", "/api/v1/strategies", RunsOn::worker, bind(routes, &StrategyRoutes::remove));
  router.add("GET", "/api/v1/strategies/self", RunsOn::network_thread,
             bind(routes, &StrategyRoutes::list_own));
}

}  // namespace gthulhu::rest
