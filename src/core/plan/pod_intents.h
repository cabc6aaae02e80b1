// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/model/intent.h"
#include "core/model/pod.h"

namespace gthulhu {

// Into the node's intents, of one pod, weakest first.
using IntentIndices = std::vector<std::size_t>;

// Those that have not expired.
using IntentsOfPods = std::unordered_map<PodUid, IntentIndices>;

// The strongest intent that is for all of a pod, if there is one.
std::optional<std::size_t> intent_for_whole_pod(const std::vector<Intent>& intents,
                                                const IntentIndices& of_pod);

}  // namespace gthulhu
