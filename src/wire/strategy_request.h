// SPDX-License-Identifier: Apache-2.0
//
// Strategies as clients send them: the fields of contract 1.7, and ours beside them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/model/strategy.h"
#include "wire/json.h"

namespace gthulhu::wire {

// Whether members that nobody asked for are an error.
enum class UnknownFields : bool { ignored, refused };

// All functions: Errc::invalid_argument whose message begins with the field that is wrong. A
// strategy that may select every pod needs `confirmAll`.

// The body of POST /strategies. Without id, creator and times.
Result<Strategy> decode_strategy(const Value& body, UnknownFields unknown);

// The body of PUT /strategies: what is absent has its default.
struct StrategyUpdate {
  std::string id;  // as it was sent: parse_strategy_id()
  Strategy strategy;
};
Result<StrategyUpdate> decode_strategy_update(const Value& body, UnknownFields unknown);

// `present` with the fields of a JSON merge patch (RFC 7396): what the patch does not name stays,
// null is the default.
Result<Strategy> merge_strategy(const Strategy& present, const Value& patch, UnknownFields unknown);

// The body of POST /strategies/preview. One that may select every pod needs no `confirmAll` here:
// the preview says that it will.
struct PreviewRequest {
  Strategy strategy;
  std::optional<StrategyId> base;  // that it would replace
  std::optional<std::int64_t> base_revision;
};
Result<PreviewRequest> decode_preview_request(const Value& body, UnknownFields unknown);

// Every field of a request, as decode_strategy() reads them.
Value encode_strategy_request(const Strategy& strategy);

}  // namespace gthulhu::wire
