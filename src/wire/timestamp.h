// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"

namespace gthulhu::wire {

// UTC in whole seconds: "2026-11-25T01:02:03Z" (RFC 3339).
std::string rfc3339(TimePoint time);

}  // namespace gthulhu::wire
