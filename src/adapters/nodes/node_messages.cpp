// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/node_messages.h"

#include <utility>

#include "core/match/command_match.h"
#include "wire/agent_client_json.h"
#include "wire/envelope.h"

namespace gthulhu {

namespace {

net::ClientRequest with_body(std::string method, std::string target, const wire::Value& body) {
  return {.method = std::move(method),
          .target = std::move(target),
          .headers = {{"Content-Type", "application/json"}},
          .body = wire::to_text(body)};
}

Errc code_of(int status) {
  switch (status) {
    case 400: return Errc::invalid_argument;
    case 401: return Errc::unauthenticated;
    case 403: return Errc::forbidden;
    case 404: return Errc::not_found;
    case 409: return Errc::conflict;
    case 413: return Errc::too_large;
    case 422: return Errc::corrupt;
    default: return Errc::unavailable;
  }
}

}  // namespace

net::ClientRequest ask_state() {
  return {.target = "/api/v1/node"};
}

net::ClientRequest ask_reports(std::optional<std::uint64_t> after, std::chrono::milliseconds wait) {
  std::string target = "/api/v1/node/reports?wait=" + std::to_string(wait.count());
  if (after) target += "&after=" + std::to_string(*after);
  return {.target = std::move(target)};
}

net::ClientRequest ask_processes() {
  return {.target = "/api/v1/pods/pids"};
}

net::ClientRequest bring(const Held& held, NodeSet wanted, const Digest& digest, TimePoint now) {
  std::optional<NodeSet> before;
  if (held.digest == digest) {
    before = wanted;
  } else if (held.intents != nullptr) {
    before = node_set(*held.intents);
  }
  if (before) {
    before->generation = held.generation;
    wire::DifferenceMessage message{difference(*before, wanted), now, digest};
    // One that says nearly all pods anew says no less than the whole.
    if (message.difference.pods.size() + message.difference.gone_pods.size() <=
        wanted.pods.size()) {
      return with_body("PATCH", "/api/v1/node/intents", wire::encode_difference(message));
    }
  }
  return with_body("PUT", "/api/v1/node/intents",
                   wire::encode_set({std::move(wanted), now, digest}));
}

std::size_t message_bytes_most(const NodeIntents& wanted) {
  constexpr std::size_t rest_of_intent = 400;  // names of members, ids, numbers
  std::size_t bytes = rest_of_intent;
  for (const Intent& intent : wanted.intents) {
    bytes += rest_of_intent + intent.pod_name.size() + intent.name_space.str().size() +
             intent.command.text().size() + intent.container.size();
    bytes += intent.pod_labels->bytes();
    for (const std::string& id : intent.container_ids) {
      bytes += id.size() + intent.container.size() + rest_of_intent;
    }
  }
  return bytes;
}

Result<wire::Value> data_of(const net::Response& response) {
  Result<wire::Envelope> envelope = wire::parse_envelope(response.body);
  if (response.status == 200 && envelope && envelope->success) return std::move(envelope->data);
  const std::string said = envelope ? envelope->error : response.body.substr(0, 200);
  if (response.status == 200) {
    return Error{Errc::unavailable, "what answers there is no decision maker", said};
  }
  return Error{code_of(response.status),
               "the decision maker answers " + std::to_string(response.status) + ": " + said, ""};
}

Result<wire::NodeState> state_of(const net::Response& response) {
  const wire::Value data = TRY(data_of(response));
  return wire::decode_state(data);
}

std::optional<wire::NodeState> present_state(const net::Response& response) {
  const Result<wire::Value> body = wire::parse_json(response.body);
  const wire::Value* current = body ? body->find("current") : nullptr;
  if (current == nullptr) return std::nullopt;
  Result<wire::NodeState> state = wire::decode_state(*current);
  if (!state) return std::nullopt;
  return std::move(*state);
}

ForGo for_go(const NodeIntents& wanted) {
  ForGo split;
  for (const Intent& intent : wanted.intents) {
    const bool is_known =
        intent.command.match() == CommandMatch::comm && intent.container.empty() && !intent.expires;
    if (is_known) {
      split.intents.push_back(intent);
    } else {
      split.left_out.push_back(intent.id);
    }
  }
  return split;
}

net::ClientRequest ask_token(const std::string& public_key, const std::string& client_id) {
  return with_body("POST", "/api/v1/auth/token", wire::encode_token_request(public_key, client_id));
}

net::ClientRequest ask_root() {
  return {.target = "/api/v1/intents/merkle"};
}

net::ClientRequest give_intents(const std::vector<Intent>& intents) {
  // A Go decision maker is told so when there are none (contract 5.6).
  if (intents.empty()) return with_body("DELETE", "/api/v1/intents", wire::encode_delete_all());
  return with_body("POST", "/api/v1/intents", wire::encode_go_intents(intents));
}

}  // namespace gthulhu
