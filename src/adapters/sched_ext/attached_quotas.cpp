// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/attached_quotas.h"

#include <utility>

namespace gthulhu {

void AttachedQuotas::begin(std::shared_ptr<const SchedulerQuotas> quotas) {
  const std::lock_guard lock(mutex_);
  quotas_ = std::move(quotas);
  ++lives_;
}

void AttachedQuotas::end() {
  const std::lock_guard lock(mutex_);
  quotas_.reset();
}

Result<QuotaCounts::Counted> AttachedQuotas::of(const std::set<CgroupId>& cgroups) const {
  std::shared_ptr<const SchedulerQuotas> quotas;
  Counted counted;
  {
    const std::lock_guard lock(mutex_);
    if (quotas_ == nullptr) return counted;
    quotas = quotas_;
    counted.life = lives_;
  }
  // Nobody waits for the kernel meanwhile.
  counted.cgroups = TRY(quotas->counted(cgroups));
  return counted;
}

}  // namespace gthulhu
