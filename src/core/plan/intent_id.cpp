// SPDX-License-Identifier: Apache-2.0
#include "core/plan/intent_id.h"

#include <span>

#include "base/digest.h"
#include "base/text.h"

namespace gthulhu {

IntentId intent_id(const StrategyId& strategy, const PodUid& pod) {
  const Digest digest = sha256(strategy.str() + '/' + pod.str());
  return IntentId(to_hex(std::span(digest.bytes).first(12)));
}

}  // namespace gthulhu
