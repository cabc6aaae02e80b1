// SPDX-License-Identifier: Apache-2.0
//
// The decision maker's API from the manager's end, as the Go system's decision makers have it too
// (contract 1.11, 6.7).
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/model/intent.h"
#include "core/model/process.h"
#include "wire/json.h"

namespace gthulhu::wire {

// The body of POST /intents, with the fields that the Go system knows.
Value encode_go_intents(const std::vector<Intent>& intents);
// The body of DELETE /intents for all of them.
Value encode_delete_all();

Value encode_token_request(const std::string& public_key, const std::string& client_id);
struct GivenToken {
  std::string text;
  TimePoint expires;
};
Result<GivenToken> decode_given_token(const Value& data);

// The data of GET /intents/merkle.
Result<Digest> decode_root(const Value& data);

// The data of GET /pods/pids. Processes have the number, the name, the parent and the container
// that it says, and no threads; pods have no path.
Result<RunningPods> decode_pod_processes(const Value& data);

}  // namespace gthulhu::wire
