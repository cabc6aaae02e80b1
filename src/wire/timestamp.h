// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gthulhu::wire {

// The last millisecond since 1970 that such a text can say: its year has four digits.
inline constexpr std::int64_t time_ms_max = 253'402'300'799'999;

// UTC in whole seconds: "2026-11-25T01:02:03Z" (RFC 3339).
std::string rfc3339(TimePoint time);

// The same with or without a fraction, which is cut to milliseconds, and in any zone:
// "2026-11-25T02:02:03.5+01:00". Nothing for other texts and for days that do not exist. A leap
// second is the first one of the next minute.
std::optional<TimePoint> parse_rfc3339(std::string_view text);

}  // namespace gthulhu::wire
