// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/node_link_routes.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/sync/node_set.h"
#include "rest/agent/agent_guard.h"
#include "rest/bind.h"
#include "rest/query.h"
#include "rest/reply.h"
#include "wire/node_link_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request payload";
constexpr std::int64_t longest_wait_ms = 30'000;

// Intents that came over the Go-compatible endpoint have no strategies: no set has their digest.
bool is_of_node_link(const NodeIntents& held) {
  return std::ranges::none_of(held.intents,
                              [](const Intent& intent) { return intent.strategy.empty(); });
}

Digest digest_of_held(const NodeIntents& held) {
  return is_of_node_link(held) ? digest_of(node_set(held)) : Digest{};
}

Error another_digest() {
  return Error{Errc::corrupt, "digest is not that of the set that was read", "", "digest"};
}

// What the node will hold, if that has the digest: not what was sent, but what came of it.
Result<NodeIntents> reached(NodeIntents next, const Digest& digest) {
  if (digest_of_held(next) != digest) return another_digest();
  return next;
}

class NodeLinkRoutes {
 public:
  NodeLinkRoutes(const Clock& clock, AgentTokens& tokens, NodeLoop& loop, ReportStream& reports)
      : clock_(&clock), tokens_(&tokens), loop_(&loop), reports_(&reports) {}

  Result<net::Response> state(const net::Request& request) const {
    TRY(check(request));
    return success(present_state(), clock_->now());
  }

  Result<net::Response> take_set(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto message = wire::decode_set(body);
    if (!message) return about_body(std::move(message).error(), bad_body);
    const auto wanted = std::make_shared<const wire::SetMessage>(std::move(*message));
    return answer(loop_->update(
        [wanted, node = loop_->node()](const NodeIntents& held) -> Result<NodeIntents> {
          const Generation generation = wanted->set.generation;
          if (generation == held.generation && digest_of_held(held) == wanted->digest) return held;
          if (generation <= held.generation) {
            return Error{Errc::conflict,
                         "generation " + std::to_string(generation) + " is not later than " +
                             std::to_string(held.generation) + ", which this node has",
                         ""};
          }
          return reached({generation, intents_of(wanted->set, node)}, wanted->digest);
        },
        wanted->now));
  }

  Result<net::Response> take_difference(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto message = wire::decode_difference(body);
    if (!message) return about_body(std::move(message).error(), bad_body);
    const auto wanted = std::make_shared<const wire::DifferenceMessage>(std::move(*message));
    return answer(loop_->update(
        [wanted, node = loop_->node()](const NodeIntents& held) -> Result<NodeIntents> {
          const NodeDifference& change = wanted->difference;
          // The same message again: its answer was lost.
          if (change.generation == held.generation && digest_of_held(held) == wanted->digest) {
            return held;
          }
          if (!is_of_node_link(held)) {
            return Error{Errc::conflict, "the node's intents came over POST /api/v1/intents", ""};
          }
          const NodeSet next = TRY(apply(node_set(held), change));
          return reached({next.generation, intents_of(next, node)}, wanted->digest);
        },
        wanted->now));
  }

  Result<net::Response> reports(const net::Request& request) const {
    TRY(check(request));
    constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();
    const auto after = TRY(query_number(request, "after", 0, number_max));
    const auto wait = TRY(query_number(request, "wait", 0, longest_wait_ms));
    std::optional<std::uint64_t> known;
    if (after) known = static_cast<std::uint64_t>(*after);
    ReportLog::Changes changes = reports_->wait(known, std::chrono::milliseconds{wait ? *wait : 0});
    return success(wire::encode_report({.sequence = changes.sequence,
                                        .whole = changes.whole,
                                        .report = std::move(changes.report),
                                        .gone = std::move(changes.gone)}),
                   clock_->now());
  }

 private:
  [[nodiscard]] Result<> check(const net::Request& request) const {
    return admit_manager(request, *tokens_, clock_->now());
  }

  [[nodiscard]] wire::Value present_state() const {
    const NodeIntents held = loop_->held();
    return wire::encode_state({.node = loop_->node(),
                               .generation = held.generation,
                               .digest = digest_of_held(held),
                               .sequence = reports_->sequence()});
  }

  [[nodiscard]] net::Response answer(const Result<>& done) const {
    if (done) return success(present_state(), clock_->now());
    return refusal(done.error());
  }

  [[nodiscard]] net::Response refusal(const Error& error) const {
    if (error.code == Errc::conflict) return failure(error, present_state());
    if (error.code == Errc::corrupt && error.field == "digest") return failure(422, error.message);
    return failure(about_body(error, bad_body));
  }

  const Clock* clock_;
  AgentTokens* tokens_;
  NodeLoop* loop_;
  ReportStream* reports_;
};

}  // namespace

void add_node_link_routes(Router& router,
                          const Clock& clock,
                          AgentTokens& tokens,
                          NodeLoop& loop,
                          ReportStream& reports) {
  using Routes = NodeLinkRoutes;
  const Routes routes(clock, tokens, loop, reports);
  router.add("GET", "/api/v1/node", RunsOn::worker, bind(routes, &Routes::state));
  router.add("PUT", "/api/v1/node/intents", RunsOn::worker, bind(routes, &Routes::take_set));
  router.add("PATCH", "/api/v1/node/intents", RunsOn::worker,
             bind(routes, &Routes::take_difference));
  router.add("GET", "/api/v1/node/reports", RunsOn::waiting_worker, bind(routes, &Routes::reports));
}

}  // namespace gthulhu::rest
