// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/intent.h"

namespace gthulhu {

// The id of an intent follows from what it is (design D5): the first 12 bytes of the SHA-256 of
// "<strategy id>/<pod UID>", as 24 lower-case hex digits.
IntentId intent_id(const StrategyId& strategy, const PodUid& pod);

}  // namespace gthulhu
