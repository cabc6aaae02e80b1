// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/enforcer_status.h"
#include "core/model/intent.h"

namespace gthulhu {

// What is known of an intent; derived, never set by hand (design D6).
enum class IntentState : std::uint8_t {
  pending,     // not yet acknowledged by the node
  delivered,   // the node has it, and no process of the pod to apply it to
  applied,     // written to the kernel, not yet read back
  verified,    // read back: everything that makes it effective is in force
  degraded,    // in force only in part; the reason says which
  superseded,  // every process obeys a stronger intent
  expired
};

inline constexpr std::array all_intent_states{
    IntentState::pending,  IntentState::delivered,  IntentState::applied, IntentState::verified,
    IntentState::degraded, IntentState::superseded, IntentState::expired};

constexpr std::string_view name(IntentState state) {
  switch (state) {
    case IntentState::pending: return "pending";
    case IntentState::delivered: return "delivered";
    case IntentState::applied: return "applied";
    case IntentState::verified: return "verified";
    case IntentState::degraded: return "degraded";
    case IntentState::superseded: return "superseded";
    case IntentState::expired: return "expired";
  }
  std::abort();  // not one of the above: memory is broken, stop here
}

struct IntentReport {
  IntentId intent;
  IntentState state = IntentState::pending;
  std::string reason;         // of degraded
  IntentId superseded_by;     // of superseded
  std::size_t processes = 0;  // that obey this intent

  bool operator==(const IntentReport&) const = default;
};

// What a decision maker says: of all its intents of one generation.
struct NodeReport {
  NodeName node;
  Generation generation = 0;
  std::vector<IntentReport> intents;
  EnforcerStatus enforcer;
  std::string trouble;  // why it cannot do its work; empty when it can

  bool operator==(const NodeReport&) const = default;
};

}  // namespace gthulhu
