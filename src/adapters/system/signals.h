// SPDX-License-Identifier: Apache-2.0
//
// Stopping on request: SIGTERM and SIGINT are blocked in every thread, and the main thread waits
// for one of them. No handler runs, so nothing has to be safe in one.
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"

namespace gthulhu {

// Call before the first thread is started: threads inherit what is blocked.
Result<> block_stop_signals();

// Returns the number of the signal that arrived, also of one that came since block_stop_signals().
int wait_for_stop_signal();
// The same; nothing when none came in that time.
std::optional<int> wait_for_stop_signal(std::chrono::nanoseconds most);

// For a child between fork and exec, which must not inherit what is blocked here.
Result<> unblock_stop_signals();

}  // namespace gthulhu
