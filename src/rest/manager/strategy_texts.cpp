// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/strategy_texts.h"

#include "wire/strategy_json.h"

namespace gthulhu::rest {

void StrategyTexts::append(std::string& out, const Strategy& strategy, std::size_t matched_pods) {
  const MutexLock lock(mutex_);
  if (written_.size() >= kept_max_ && !written_.contains(strategy.id)) written_.clear();
  Written& written = written_[strategy.id];
  if (written.revision != strategy.revision || written.matched_pods != matched_pods) {
    written = {strategy.revision, matched_pods,
               wire::to_text(wire::encode_strategy(strategy, matched_pods))};
  }
  out += written.text;
}

}  // namespace gthulhu::rest
