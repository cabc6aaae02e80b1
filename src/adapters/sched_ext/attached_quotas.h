// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "adapters/bpf/scheduler_quotas.h"
#include "app/ports/quota_counts.h"

namespace gthulhu {

// The counts of the scheduler that is attached, for whoever asks on a thread other than that which
// attaches it and lets it go.
//
// Threads: all functions from anywhere.
class AttachedQuotas : public QuotaCounts {
 public:
  void begin(std::shared_ptr<const SchedulerQuotas> quotas);
  void end();

  [[nodiscard]] Result<Counted> of(const std::set<CgroupId>& cgroups) const override;

 private:
  mutable std::mutex mutex_;                       // guards everything below
  std::shared_ptr<const SchedulerQuotas> quotas_;  // null: no scheduler is attached
  std::uint64_t lives_ = 0;                        // of schedulers so far
};

}  // namespace gthulhu
