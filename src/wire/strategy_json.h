// SPDX-License-Identifier: Apache-2.0
//
// Strategies and intents of the manager's API (contract 1.7): lower-case keys in
// requests, capitalised ones in answers.
#pragma once

#include <string>
#include <vector>

#include "core/model/intent.h"
#include "core/model/report.h"
#include "core/model/strategy.h"
#include "wire/json.h"

namespace gthulhu::wire {

enum class UnknownFields : bool { ignored, refused };

// The body of POST /strategies, without id, creator and times. Errc::invalid_argument names the
// field.
Result<Strategy> decode_strategy(const Value& body, UnknownFields unknown);
// What decode_strategy() reads; for clients.
Value encode_strategy_request(const Strategy& strategy);

Value encode_strategy(const Strategy& strategy);

// An intent with what is known of it. `State` stays the Go system's number: 1 created, 2
// acknowledged by the node.
Value encode_intent(const Intent& intent, const IntentReport& report);

// The ids of DELETE bodies; Errc::invalid_argument with the contract's text when there is none.
Result<StrategyId> decode_strategy_id(const Value& body);
Result<std::vector<IntentId>> decode_intent_ids(const Value& body);

// Errc::invalid_argument unless `text` is 24 hex digits.
Result<> check_object_id(std::string_view text, std::string_view field);

}  // namespace gthulhu::wire
