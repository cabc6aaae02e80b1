// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <random>

#include "net/task_group.h"
#include "tests/scale/expected_sets.h"
#include "tests/scale/fleet.h"
#include "tests/scale/simulated_cluster.h"

namespace gthulhu::scale {

// Pods that come, go and change their labels, a third each, on nodes that answer. Each change is
// one that the pod's node must be told.
//
// Threads: the loop's.
class Churn {
 public:
  // All outlive it.
  Churn(const net::Executor& executor,
        SimulatedCluster& cluster,
        Fleet& fleet,
        const ExpectedSets& sets);

  // The coroutine; ends after `lasts`, or stop().
  net::Awaitable<> run(std::size_t per_second, std::chrono::milliseconds lasts);
  void stop() { is_running_ = false; }
  [[nodiscard]] bool is_running() const { return is_running_; }

 private:
  void change_one();
  std::size_t draw(std::size_t below);
  // One that is there, no decision maker, on a node that answers; the number of pods: there is
  // none.
  std::size_t draw_pod();

  net::Executor executor_;
  SimulatedCluster& cluster_;
  Fleet& fleet_;
  const ExpectedSets& sets_;
  std::mt19937_64 chance_{1};
  bool is_running_ = false;
};

}  // namespace gthulhu::scale
