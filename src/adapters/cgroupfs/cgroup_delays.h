// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  [[nodiscard]] std::string uncounted() const override { return uncounted_; }

 private:
  struct Account {
    MeterNumber number{};
    std::map<CgroupId, Throttling> cgroups;  // that are there, as last seen
    Throttling gone;                         // of those that are not
  };

  void keep(const std::set<PodUid>& pods);
  Result<> count_in(const CgroupTree::Workloads& workloads);
  Result<> read_throttling(const Workload* workload, Account& account);

  CgroupTree& tree_;
  const std::unique_ptr<RunQueueMeter> meter_;
  const std::string uncounted_;
  std::map<PodUid, Account> pods_;
  std::uint32_t last_number_ = 0;
  std::string content_;
};

}  // namespace gthulhu
