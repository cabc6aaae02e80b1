// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/result.h"

namespace gthulhu::net {

// A thread with that name (up to 15 letters) in which all signals are blocked, so that they reach
// the thread that main chose for them. Errc::unavailable when the system gives no more threads.
Result<std::thread> start_quiet_thread(const std::string& name, std::function<void()> body);

}  // namespace gthulhu::net
