// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "base/result.h"
#include "core/model/pod_delay.h"
#include "core/model/task_event.h"

namespace gthulhu {

// What one loaded policy has counted of cgroups whose cpu.max it enforces (struct gthulhu_limit,
// bpf/scheduler_record.h). It can be asked after the policy has ended too.
//
// Threads: all functions from anywhere.
class SchedulerQuotas {
 public:
  virtual ~SchedulerQuotas() = default;

  // Of these cgroups, since they began or, if that was later, since the policy was loaded; none of
  // those that it does not know, or of which it has counted nothing. No count of a cgroup falls.
  // `time` is that in which somebody was held back, however many and on however many CPUs; what
  // goes on is added when a quota comes.
  // Errc::unsupported when it cannot be read.
  [[nodiscard]] virtual Result<std::map<CgroupId, Throttling>> counted(
      const std::set<CgroupId>& cgroups) const = 0;
};

}  // namespace gthulhu
