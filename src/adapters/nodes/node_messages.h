// SPDX-License-Identifier: Apache-2.0
//
// What a manager asks a decision maker, and what it makes of the answers: protocol 1 of
// docs/api/node-link.md, and the Go system's endpoints (contract 1.11).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/model/intent.h"
#include "core/model/process.h"
#include "core/sync/node_set.h"
#include "net/client_settings.h"
#include "wire/node_link_json.h"

namespace gthulhu {

// What a node is known to hold.
struct Held {
  Generation generation = 0;
  Digest digest = {};
  // What the set is made of; null: only the digest is known.
  std::shared_ptr<const NodeIntents> intents = {};
};

net::ClientRequest ask_state();
// The reports after that number, or all; the node waits for up to `wait` until there is one.
net::ClientRequest ask_reports(std::optional<std::uint64_t> after, std::chrono::milliseconds wait);
net::ClientRequest ask_processes();

// Brings a node from what it holds to a set of a later generation: by the difference where that is
// known and shorter, else by the whole set. `digest` is that of the set.
net::ClientRequest bring(const Held& held, NodeSet wanted, const Digest& digest, TimePoint now);

// What a message that says all of it takes, at most, before characters are escaped.
std::size_t message_bytes_most(const NodeIntents& wanted);

// An answer with another status is the error that it says, by its status:
//   unauthenticated 401   forbidden 403   not_found 404   conflict 409
//   invalid_argument 400  corrupt 422     too_large 413       unavailable all others
Result<wire::Value> data_of(const net::Response& response);
// Of the answers to ask_state() and bring().
Result<wire::NodeState> state_of(const net::Response& response);
// What a 409 says that the node holds.
std::optional<wire::NodeState> present_state(const net::Response& response);

// --- the Go system's decision makers ---

// Those that a Go decision maker can do; the others ask for what it does not know: another thing
// than the comm of processes, one container's, or an end.
struct ForGo {
  std::vector<Intent> intents;
  std::vector<IntentId> left_out;
};
ForGo for_go(const NodeIntents& wanted);

net::ClientRequest ask_token(const std::string& public_key, const std::string& client_id);
net::ClientRequest ask_root();
net::ClientRequest give_intents(const std::vector<Intent>& intents);

}  // namespace gthulhu
