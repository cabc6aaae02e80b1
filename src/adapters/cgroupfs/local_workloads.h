// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <thread>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "app/ports/workload_source.h"
#include "base/clock.h"
#include "base/owned.h"

namespace gthulhu {

// The workloads of a host without Kubernetes (docs/local-workloads.md). The sink hears of a new
// cgroup within a few milliseconds.
//
// Threads: start() and stop() from one thread; the sink is called on a thread of its own.
class LocalWorkloads : public WorkloadSource {
 public:
  // Both outlive this. No other waits for the tree's news.
  LocalWorkloads(const Clock& clock, CgroupTree& tree);
  ~LocalWorkloads() override;

  [[nodiscard]] std::string kind() const override { return "local"; }
  // Errc::unavailable when no eventfd or thread is left.
  Result<> start(PodSink& sink) override;
  void stop() override;

 private:
  void run(PodSink& sink);
  // Returns when there may be something new, or false at the end.
  bool wait();

  const Clock& clock_;
  CgroupTree& tree_;
  Fd stop_;
  std::thread thread_;
};

}  // namespace gthulhu
