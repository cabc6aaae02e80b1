// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "net/task_group.h"
#include "tests/scale/expected_sets.h"
#include "tests/scale/fleet.h"
#include "tests/scale/simulated_cluster.h"

namespace gthulhu::scale {

// Pods that come, go and change their labels, a third each, on nodes that answer. Each change is
// one that the pod's node must be told. Either they happen by themselves, or somebody asks for each
// and makes it at another API server; then a pod changes only once its node has the change before,
// or requests that are under way together could reach that server in another order.
//
// Threads: the loop's.
class Churn {
 public:
  enum class Kind : std::uint8_t { create, remove, relabel };
  struct Change {
    Kind kind = Kind::create;
    std::size_t pod = 0;
  };

  // All outlive it.
  Churn(const net::Executor& executor,
        SimulatedCluster& cluster,
        Fleet& fleet,
        const ExpectedSets& sets);

  // The coroutine; ends after `lasts`, or stop().
  net::Awaitable<> run(std::size_t per_second, std::chrono::milliseconds lasts);
  void stop() { is_running_ = false; }
  [[nodiscard]] bool is_running() const { return is_running_; }

  // The cluster has it from now on; none: draw again.
  std::optional<Change> begin_request();
  // `uid`: of a new pod.
  void end_request(const Change& change, const Fleet::Moments& moments, std::string uid);

 private:
  std::optional<Change> change_one();
  // Of a new pod that nothing selects no node hears.
  [[nodiscard]] bool must_show(const Change& change) const;
  bool is_busy(std::size_t pod);
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
  std::map<std::size_t, bool> requests_;  // by pod: whether the last one was answered
};

}  // namespace gthulhu::scale
