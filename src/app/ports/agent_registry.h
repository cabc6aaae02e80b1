// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/model/node.h"
#include "core/model/pod.h"

namespace gthulhu {

// Which pods are decision makers. Threads: from anywhere.
class AgentRegistry {
 public:
  virtual ~AgentRegistry() = default;

  // The node on which a decision maker's pod was placed; nothing when it is none's. `pod` is the
  // uid of the object.
  [[nodiscard]] virtual std::optional<NodeName> node_of_agent(const PodUid& pod) const = 0;
};

}  // namespace gthulhu
