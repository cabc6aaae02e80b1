// SPDX-License-Identifier: Apache-2.0
//
// Strategies and intents in the manager's answers (contract 1.7; requests: strategy_request.h).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/intent.h"
#include "core/model/report.h"
#include "core/model/strategy.h"
#include "wire/json.h"

namespace gthulhu::wire {

// An item of GET /strategies/self; the keys after ExecutionTime are ours.
Value encode_strategy(const Strategy& strategy, std::size_t matched_pods);

// A strategy with what is known of its intents: ours, not in the contract.
struct StrategyItem {
  const Strategy* strategy = nullptr;
  std::string owner_name;
  std::string updater_name;
  std::size_t matched_pods = 0;
  std::map<IntentState, std::size_t> intents;
};
Value encode_strategy_item(const StrategyItem& item);

// An intent with what is known of it. `State` stays the Go system's number: 1 created, 2
// acknowledged by the node.
Value encode_intent(const Intent& intent, const IntentReport& report);

// The id of PUT and DELETE bodies as it was sent; Errc::invalid_argument when it is no text.
Result<std::string> decode_strategy_id(const Value& body);
// Errc::invalid_argument with the contract's text when it is empty.
Result<StrategyId> parse_strategy_id(const std::string& text);

// The same for the list of DELETE /intents.
Result<std::vector<std::string>> decode_intent_ids(const Value& body);
Result<std::vector<IntentId>> parse_intent_ids(const std::vector<std::string>& texts);

// Errc::invalid_argument unless `text` is 24 hex digits.
Result<> check_object_id(std::string_view text, std::string_view field);

}  // namespace gthulhu::wire
