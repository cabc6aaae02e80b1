// SPDX-License-Identifier: Apache-2.0
#include "net/limits.h"

#include <algorithm>
#include <thread>

namespace gthulhu::net {

WorkerLimits password_worker_limits() {
  return {.threads = std::max(1U, std::thread::hardware_concurrency()), .queue = 128};
}

WorkerLimits waiting_worker_limits() {
  return {.threads = 8, .queue = 8};
}

}  // namespace gthulhu::net
