// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gthulhu {

enum class Enforced : std::uint8_t { applied, verified, degraded };

// What became of one decision.
struct Outcome {
  std::size_t intent = 0;  // index into the node's intents
  Enforced state = Enforced::applied;
  std::string reason;  // of degraded: one of core/model/reasons.h

  bool operator==(const Outcome&) const = default;
};

}  // namespace gthulhu
