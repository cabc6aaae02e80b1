// SPDX-License-Identifier: Apache-2.0
#include "core/plan/pod_intents.h"

#include <algorithm>

namespace gthulhu {

std::optional<std::size_t> intent_for_whole_pod(const std::vector<Intent>& intents,
                                                const IntentIndices& of_pod) {
  const auto found = std::find_if(of_pod.rbegin(), of_pod.rend(), [&](std::size_t index) {
    return intents[index].command.matches_everything() && intents[index].container.empty();
  });
  return found == of_pod.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace gthulhu
