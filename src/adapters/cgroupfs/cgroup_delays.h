// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "app/ports/pod_delays.h"
#include "app/ports/run_queue_meter.h"

namespace gthulhu {

// Waits by a meter, throttling by the cpu.stat of every directory of a pod.
class CgroupDelays : public PodDelays {
 public:
  // `tree` outlives it. Without a meter waits are not counted, for the reason `uncounted`.
  CgroupDelays(CgroupTree& tree, std::unique_ptr<RunQueueMeter> meter, std::string uncounted);

  Result<std::map<PodUid, PodDelay>> of(const std::set<PodUid>& pods) override;
  [[nodiscard]] std::string uncounted() const override;

 private:
  struct Account {
    MeterNumber number{};
    std::map<CgroupId, Throttling> cgroups;  // that are there, as last seen
    Throttling gone;                         // of those that are not
  };

  void keep(const std::set<PodUid>& pods);
  // Puts the waits into `delays`.
  Result<> count(const CgroupTree::Workloads& workloads, std::map<PodUid, PodDelay>& delays);
  void read_throttling(const Workload* workload, Account& account);

  CgroupTree& tree_;
  const std::unique_ptr<RunQueueMeter> meter_;
  const std::string uncounted_;
  std::map<PodUid, Account> pods_;
  std::uint32_t last_number_ = 0;
  std::string content_;

  mutable std::mutex mutex_;  // guards trouble_
  std::string trouble_;       // why the meter could not be asked the last time
};

}  // namespace gthulhu
