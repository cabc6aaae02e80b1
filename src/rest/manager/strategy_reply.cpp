// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_reply.h"

#include <utility>

#include "wire/strategy_json.h"

namespace gthulhu::rest {

wire::Value strategy_item(const Strategy& strategy,
                          const Snapshot& snapshot,
                          const Accounts& accounts,
                          IntentCounts intents) {
  wire::StrategyItem item;
  item.strategy = &strategy;
  item.owner_name = accounts.name_of(strategy.creator);
  item.updater_name = accounts.name_of(strategy.updater);
  item.matched_pods = snapshot.matched_pods(strategy.id);
  item.intents = std::move(intents);
  return wire::encode_strategy_item(item);
}

}  // namespace gthulhu::rest
