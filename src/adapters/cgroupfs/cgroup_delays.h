// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "app/ports/pod_delays.h"
#include "app/ports/quota_counts.h"
#include "app/ports/run_queue_meter.h"

namespace gthulhu {

// Waits by a meter, throttling by the cpu.stat of every directory of a pod and by what a scheduler
// has counted that enforces quotas in the kernel's place.
class CgroupDelays : public PodDelays {
 public:
  // `tree` outlives it. Without a meter waits are not counted, for the reason `uncounted`; `quotas`
  // is null where there is never such a scheduler.
  CgroupDelays(CgroupTree& tree,
               std::unique_ptr<RunQueueMeter> meter,
               std::string uncounted,
               std::shared_ptr<const QuotaCounts> quotas = nullptr);

  Result<std::map<PodUid, PodDelay>> of(const std::set<PodUid>& pods) override;
  [[nodiscard]] std::string uncounted() const override;

 private:
  struct Account {
    MeterNumber number{};
    std::map<CgroupId, Throttling> cgroups;    // that are there, as last seen
    std::map<CgroupId, Throttling> scheduled;  // the same, by the scheduler that there was last
    Throttling gone;  // of cgroups that are not there any more, and by earlier schedulers
  };

  void keep(const std::set<PodUid>& pods);
  // Puts the waits into `delays`.
  Result<> count(const CgroupTree::Workloads& workloads, std::map<PodUid, PodDelay>& delays);
  void read_throttling(const Workload* workload, Account& account);
  // The same of what schedulers have counted.
  void take_quotas(const CgroupTree::Workloads& workloads);

  CgroupTree& tree_;
  const std::unique_ptr<RunQueueMeter> meter_;
  const std::string uncounted_;
  const std::shared_ptr<const QuotaCounts> quotas_;
  std::uint64_t quotas_life_ = 0;  // of what is `scheduled`
  std::map<PodUid, Account> pods_;
  std::uint32_t last_number_ = 0;
  std::string content_;

  mutable std::mutex mutex_;  // guards trouble_
  std::string trouble_;       // why the meter could not be asked the last time
};

}  // namespace gthulhu
