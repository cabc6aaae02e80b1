// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// "2ms", "500us", "1s", "100000ns", or a bare number of nanoseconds. Errc::invalid_argument; the
// message begins with `field`.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text, std::string_view field);

}  // namespace gthulhu
