// SPDX-License-Identifier: Apache-2.0
//
// What several routes say about a strategy.
#pragma once

#include <cstddef>
#include <map>

#include "app/manager/accounts.h"
#include "app/manager/snapshot.h"
#include "core/model/strategy.h"
#include "wire/json.h"

namespace gthulhu::rest {

using IntentCounts = std::map<IntentState, std::size_t>;

// The form of lists and of GET /strategies/{id}.
wire::Value strategy_item(const Strategy& strategy,
                          const Snapshot& snapshot,
                          const Accounts& accounts,
                          IntentCounts intents);

}  // namespace gthulhu::rest
