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
  explicit AgentRoutes(AgentParts parts)
      : parts_(std::make_shared<const AgentParts>(std::move(parts))) {}

  Result<net::Response> token(const net::Request& request) const {
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto wanted = wire::decode_token_request(body);
    if (!wanted) return about_body(wanted.error(), bad_body);
    if (!parts_->allow_public_key_exchange) {
      return Error{
          Errc::forbidden,
          "a public key is no password: set token.allow_public_key_exchange = true to give "
          "tokens for it as the Go system does",
          ""};
    }
    if (!parts_->tokens.is_own_public_key(wanted->public_key)) {
      // The trailing blank is the Go system's.
      return Error{Errc::unauthenticated, "Public key verification failed ", ""};
    }
    const auto issued = TRY(parts_->tokens.sign(wanted->client_id, parts_->clock.now()));
    const auto expires = std::chrono::floor<std::chrono::seconds>(issued.expires);
    return success(wire::Value::Object{{"token", issued.token},
                                       {"expired_at", expires.time_since_epoch().count()}},
                   parts_->clock.now());
  }

  Result<net::Response> replace_intents(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto intents = wire::decode_intents(body);
    if (!intents) return about_body(std::move(intents).error(), bad_body);
    TRY(parts_->loop.replace(std::move(*intents)));
    return success(std::nullopt, parts_->clock.now());
  }

  Result<net::Response> delete_intents(const net::Request& request) const {
    TRY(check(request));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const wire::IntentDeletion deletion = TRY(wire::decode_intent_deletion(body));
    TRY(parts_->loop.remove(
        [deletion](const Intent& intent) { return deletion.all || intent.pod == deletion.pod; }));
    return success(std::nullopt, parts_->clock.now());
  }

  Result<net::Response> merkle_root(const net::Request& request) const {
    TRY(check(request));
    const Digest root = gthulhu::merkle_root(parts_->loop.snapshot()->intents->intents);
    return success(wire::Value::Object{{"rootHash", root.hex()}}, parts_->clock.now());
  }

  Result<net::Response> scheduling(const net::Request& request) const {
    TRY(check(request));
    const NodeLoop::View view = parts_->loop.snapshot();
    // An empty list would say that nothing is to be done; who gets an error keeps what he has.
    if (!view->is_decided) {
      return Error{Errc::unavailable, "nothing could be decided yet: " + view->trouble, ""};
    }
    const auto made = text_->of(*view);
    parts_->reads.count();
    net::Response response;
    response.headers.add("ETag", made->tag);
    const std::string* known = request.headers.find("If-None-Match");
    if (known != nullptr && names_tag(*known, made->tag)) {
      response.status = 304;
      response.content_type.clear();
      return response;
    }
    response.body = wire::scheduling_body(made->list, parts_->clock.now());
    return response;
  }

  Result<net::Response> pod_processes(const net::Request& request) const {
    TRY(admit_manager(request, parts_->tokens, parts_->clock.now()));
    const RunningPods pods = TRY(parts_->loop.all_processes());
    return success(wire::encode_pod_processes(pods, parts_->node, parts_->clock.now()),
                   parts_->clock.now());
  }

  Result<net::Response> status(const net::Request& request) const {
    TRY(check(request));
    const NodeLoop::View view = parts_->loop.snapshot();
    wire::NodeStatus status;
    status.node = parts_->node;
    status.generation = status.acknowledged = view->intents->generation;
    status.is_up_to_date = true;
    for (const IntentReport& report : view->reports()) ++status.intents[report.state];
    status.enforcer = view->enforcer;
    status.trouble = view->trouble;
    return success(wire::encode_status(status, parts_->loop.discovery(), parts_->delays.uncounted(),
                                       GTHULHU_VERSION),
                   parts_->clock.now());
  }

 private:
  [[nodiscard]] Result<> check(const net::Request& request) const {
    return admit_to_node(request, parts_->tokens, parts_->clock.now());
  }

  std::shared_ptr<const AgentParts> parts_;
  std::shared_ptr<SchedulingText> text_ = std::make_shared<SchedulingText>();
};

}  // namespace

void add_agent_routes(Router& router, AgentParts parts) {
  const AgentRoutes routes(std::move(parts));
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
