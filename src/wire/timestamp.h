// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace gthulhu::wire {

// The last millisecond since 1970 that such a text can say: its year has four digits.
inline constexpr std::int64_t time_ms_max = 253'402'300'799'999;

// UTC in whole seconds: "2026-11-25T01:02:03Z" (RFC 3339).
std::string rfc3339(TimePoint time);

}  // namespace gthulhu::wire
