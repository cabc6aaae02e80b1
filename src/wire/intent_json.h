// SPDX-License-Identifier: Apache-2.0
//
// Intents in lists: ours, not in the contract (encode_intent() of strategy_json.h is).
#pragma once

#include "core/model/intent.h"
#include "core/model/report.h"
#include "wire/json.h"

namespace gthulhu::wire {

Value encode_intent_item(const Intent& intent, const IntentReport& report);

}  // namespace gthulhu::wire
