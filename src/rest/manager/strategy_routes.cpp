// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_routes.h"

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/reply.h"
#include "wire/strategy_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";

// `?fieldValidation=Strict`, as Kubernetes has it.
wire::UnknownFields unknown_fields(const net::Request& request) {
  const std::string* wanted = request.query_value("fieldValidation");
  return wanted != nullptr && *wanted == "Strict" ? wire::UnknownFields::refused
                                                  : wire::UnknownFields::ignored;
}

class StrategyRoutes {
 public:
  StrategyRoutes(const Clock& clock, Accounts& accounts, Strategies& strategies)
      : clock_(&clock), accounts_(&accounts), strategies_(&strategies) {}

  Result<net::Response> create(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_create));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto draft = wire::decode_strategy(body, unknown_fields(request));
    if (!draft) return about_body(std::move(draft).error(), bad_body);
    const auto created = TRY(strategies_->create(std::move(*draft), session.user.id));
    return success(wire::Value::Object{{"strategyId", created.id.str()},
                                       {"matchedPods", std::uint64_t{created.matched_pods}}},
                   clock_->now());
  }

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_read));
    wire::Value::Array items;
    for (const Strategy& strategy : strategies_->made_by(session.user.id)) {
      items.push_back(wire::encode_strategy(strategy));
    }
    return success(wire::Value::Object{{"strategies", std::move(items)}}, clock_->now());
  }

  Result<net::Response> remove(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_strategy_delete));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const StrategyId id = TRY(wire::decode_strategy_id(body));
    TRY(strategies_->erase(id, session.user.id));
    return success(wire::Value::Object{}, clock_->now());
  }

  Result<net::Response> intents(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::schedule_intent_read));
    wire::Value::Array items;
    for (const Strategies::Known& known : strategies_->intents_of(session.user.id)) {
      items.push_back(wire::encode_intent(known.intent, known.report));
    }
    return success(wire::Value::Object{{"intents", std::move(items)}}, clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  Strategies* strategies_;
};

}  // namespace

void add_strategy_routes(Router& router,
                         const Clock& clock,
                         Accounts& accounts,
                         Strategies& strategies) {
  const StrategyRoutes routes(clock, accounts, strategies);
  router.add("POST", "/api/v1/strategies", RunsOn::worker, bind(routes, &StrategyRoutes::create));
  router.add("DELETE", "/api/v1/strategies", RunsOn::worker, bind(routes, &StrategyRoutes::remove));
  router.add("GET", "/api/v1/strategies/self", RunsOn::worker, bind(routes, &StrategyRoutes::list));
  router.add("GET", "/api/v1/intents/self", RunsOn::worker, bind(routes, &StrategyRoutes::intents));
}

}  // namespace gthulhu::rest
