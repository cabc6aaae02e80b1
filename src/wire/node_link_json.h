// SPDX-License-Identifier: Apache-2.0
//
// The messages of the node link (docs/api/node-link.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/model/report.h"
#include "core/sync/node_set.h"
#include "wire/json.h"

namespace gthulhu::wire {

inline constexpr int node_link_protocol = 1;

// The whole set, and when the manager sent it by its clock.
struct SetMessage {
  NodeSet set;
  TimePoint now;
  Digest digest;  // that the manager has computed
};
Value encode_set(const SetMessage& message);
// Errc::invalid_argument names the member.
Result<SetMessage> decode_set(const Value& body);

// The difference between two sets; `digest` is that of the later one.
struct DifferenceMessage {
  NodeDifference difference;
  TimePoint now;
  Digest digest;
};
Value encode_difference(const DifferenceMessage& message);
Result<DifferenceMessage> decode_difference(const Value& body);

// What the node holds.
struct NodeState {
  NodeName node;
  Generation generation = 0;
  Digest digest;
  std::uint64_t sequence = 0;  // of its last report

  bool operator==(const NodeState&) const = default;
};
Value encode_state(const NodeState& state);
Result<NodeState> decode_state(const Value& data);

// What became of intents since an earlier report.
struct ReportMessage {
  std::uint64_t sequence = 0;
  bool whole = false;  // `report` has all intents, and what was known before is void
  NodeReport report;
  std::vector<IntentId> gone;

  bool operator==(const ReportMessage&) const = default;
};
Value encode_report(const ReportMessage& message);
Result<ReportMessage> decode_report(const Value& data);

}  // namespace gthulhu::wire
