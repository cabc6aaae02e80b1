// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "base/result.h"
#include "net/network_thread.h"
#include "net/worker_pool.h"

namespace gthulhu {

// What every server of the process shares: time, chance, and the threads on which requests live.
struct Surroundings {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<net::NetworkThread> network;
  net::WorkerPool workers;
  net::WorkerPool password_workers{net::password_worker_limits()};
  net::WorkerPool waiting_workers{net::waiting_worker_limits()};

  net::WorkerPool log_writer{{.threads = 1, .queue = 4096}};

  [[nodiscard]] net::WorkerPools pools() { return {workers, password_workers, waiting_workers}; }

  // Call after block_stop_signals(): threads inherit what is blocked.
  static Result<std::unique_ptr<Surroundings>> create();
};

}  // namespace gthulhu
