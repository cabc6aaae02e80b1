// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/agent_routes.h"

#include "core/sync/merkle.h"
#include "rest/agent/agent_guard.h"
#include "rest/agent/scheduling_text.h"
#include "rest/bind.h"
#include "wire/agent_json.h"
#include "wire/status_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request payload";

class AgentRoutes {
 public:
  AgentRoutes(const Clock& clock,
              AgentTokens& tokens,
              NodeLoop& loop,
              DecisionReads& reads,
              NodeName node,
              AgentAccess access)
      : clock_(&clock),
        tokens_(&tokens),
        loop_(&loop),
        reads_(&reads),
        node_(std::move(node)),
        access_(access) {}

  Result<net::Response> token(const net::Request& request) const {
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto wanted = wire::decode_token_request(body);
    if (!wanted) return about_body(wanted.error(), bad_body);
    if (!access_.allow_public_key_exchange) {
      return Error{
          Errc::forbidden,
          "a public key is no password: set token.allow_public_key_exchange = true to give "
          "tokens for it as the Go system does",
          ""};
    }
    if (!tokens_->is_own_public_key(wanted->public_key)) {
      // The trailing blank is the Go system's.
      return Error{Errc::unauthenticated, "Public key verification failed ", ""};
    }
    const auto issued = TRY(tokens_->sign(wanted->client_id, clock_->now()));
    const auto expires = std::chrono::floor<std::chrono::seconds>(issued.expires);
    return success(wire::Value::Object{{"token", issued.token},
                                       {"expired_at", expires.time_since_epoch().count()}},
                   clock_->now());
  }

  Result<net::Response> replace_intents(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto intents = wire::decode_intents(body);
    if (!intents) return about_body(std::move(intents).error(), bad_body);
    TRY(loop_->replace(std::move(*intents)));
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> delete_intents(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const wire::IntentDeletion deletion = TRY(wire::decode_intent_deletion(body));
    TRY(loop_->remove(
        [deletion](const Intent& intent) { return deletion.all || intent.pod == deletion.pod; }));
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> merkle_root(const net::Request& request) const {
    TRY(check(request));
    const Digest root = gthulhu::merkle_root(loop_->snapshot()->intents->intents);
    return success(wire::Value::Object{{"rootHash", root.hex()}}, clock_->now());
  }

  Result<net::Response> scheduling(const net::Request& request) const {
    TRY(check(request));
    const NodeLoop::View view = loop_->snapshot();
    // An empty list would say that nothing is to be done; who gets an error keeps what he has.
    if (!view->is_decided) {
      return Error{Errc::unavailable, "nothing could be decided yet: " + view->trouble, ""};
    }
    const auto made = text_->of(*view);
    reads_->count();
    net::Response response;
    response.headers.add("ETag", made->tag);
    const std::string* known = request.headers.find("If-None-Match");
    if (known != nullptr && names_tag(*known, made->tag)) {
      response.status = 304;
      response.content_type.clear();
      return response;
    }
    response.body = wire::scheduling_body(made->list, clock_->now());
    return response;
  }

  Result<net::Response> pod_processes(const net::Request& request) const {
    TRY(check(request));
    const RunningPods pods = TRY(loop_->all_processes());
    return success(wire::encode_pod_processes(pods, node_, clock_->now()), clock_->now());
  }

  Result<net::Response> status(const net::Request& request) const {
    TRY(check(request));
    const NodeLoop::View view = loop_->snapshot();
    wire::NodeStatus status;
    status.node = node_;
    status.generation = status.acknowledged = view->intents->generation;
    for (const IntentReport& report : view->reports()) ++status.intents[report.state];
    status.enforcer = view->enforcer;
    status.trouble = view->trouble;
    return success(wire::encode_status(status, loop_->discovery(), GTHULHU_VERSION), clock_->now());
  }

 private:
  [[nodiscard]] Result<> check(const net::Request& request) const {
    return admit_to_node(request, *tokens_, clock_->now());
  }

  const Clock* clock_;
  AgentTokens* tokens_;
  NodeLoop* loop_;
  DecisionReads* reads_;
  NodeName node_;
  AgentAccess access_;
  std::shared_ptr<SchedulingText> text_ = std::make_shared<SchedulingText>();
};

}  // namespace

void add_agent_routes(Router& router,
                      const Clock& clock,
                      AgentTokens& tokens,
                      NodeLoop& loop,
                      DecisionReads& reads,
                      NodeName node,
                      AgentAccess access) {
  const AgentRoutes routes(clock, tokens, loop, reads, std::move(node), access);
  router.add("POST", "/api/v1/auth/token", RunsOn::worker, bind(routes, &AgentRoutes::token));
  router.add("POST", "/api/v1/intents", RunsOn::worker,
             bind(routes, &AgentRoutes::replace_intents));
  router.add("DELETE", "/api/v1/intents", RunsOn::worker,
             bind(routes, &AgentRoutes::delete_intents));
  router.add("GET", "/api/v1/intents/merkle", RunsOn::worker,
             bind(routes, &AgentRoutes::merkle_root));
  router.add("GET", "/api/v1/scheduling/strategies", RunsOn::network_thread,
             bind(routes, &AgentRoutes::scheduling));
  router.add("GET", "/api/v1/pods/pids", RunsOn::worker, bind(routes, &AgentRoutes::pod_processes));
  router.add("GET", "/api/v1/status", RunsOn::worker, bind(routes, &AgentRoutes::status));
}

}  // namespace gthulhu::rest
