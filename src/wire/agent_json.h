// SPDX-License-Identifier: Apache-2.0
//
// The decision maker's API (contract 1.11, 6.4, 6.7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/decision.h"
#include "core/model/intent.h"
#include "core/model/process.h"
#include "wire/json.h"

namespace gthulhu::wire {

// The body of POST /intents. Values out of range are clamped and marked: the sender may be a Go
// manager that never checked them. Errc::invalid_argument names the field.
Result<std::vector<Intent>> decode_intents(const Value& body);

// One intent as decode_intents() reads it, with the fields that only our own manager knows
// (intentID, strategyID, clamped); also the form of the file on disk.
Value encode_node_intent(const Intent& intent);

// The body of DELETE /intents: one pod's, one process's, or all.
struct IntentDeletion {
  PodUid pod;
  pid_t pid = 0;  // 0: every process of the pod
  bool all = false;
};
Result<IntentDeletion> decode_intent_deletion(const Value& body);

// The answer of GET /scheduling/strategies, which has no common envelope: the list of it, which
// only a change of decisions changes, and the whole with such a list. A decision for threads has an
// item for each, with its number as `pid`: to the kernel it is one.
std::string scheduling_list(const std::vector<Intent>& intents, const Decisions& decisions);
std::string scheduling_body(std::string_view list, TimePoint now);

// The data of GET /pods/pids.
Value encode_pod_processes(const RunningPods& pods, const NodeName& node, TimePoint now);

// The body of POST /auth/token.
struct TokenRequest {
  std::string public_key;
  std::string client_id;
};
Result<TokenRequest> decode_token_request(const Value& body);

}  // namespace gthulhu::wire
