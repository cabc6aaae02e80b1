// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/shared.h"

namespace gthulhu {

enum class Enforced : std::uint8_t { applied, verified, degraded };

// What became of one decision.
struct Outcome {
  std::size_t intent = 0;  // index into the node's intents
  Enforced state = Enforced::applied;
  std::string reason;  // of degraded: one of core/model/reasons.h

  bool operator==(const Outcome&) const = default;
};

// What became of the decisions for one pod.
using PodOutcomes = std::vector<Outcome>;
// One for each pod of the Decisions, in their order. A pod of which nothing else can be said is the
// same as in the last outcomes.
using Outcomes = std::vector<Shared<PodOutcomes>>;

}  // namespace gthulhu
