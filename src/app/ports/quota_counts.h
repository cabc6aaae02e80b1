// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "base/result.h"
#include "core/model/pod_delay.h"
#include "core/model/task_event.h"

namespace gthulhu {

// What a scheduler that enforces quotas (cpu.max) in the kernel's place has counted of them: the
// kernel counts nothing then.
//
// Threads: all functions from anywhere.
class QuotaCounts {
 public:
  struct Counted {
    // Another number for every scheduler that is attached; 0: none is. Each begins to count at 0,
    // and while the number is the same no count of a cgroup falls.
    std::uint64_t life = 0;
    std::map<CgroupId, Throttling> cgroups;  // of which anything was counted
  };

  virtual ~QuotaCounts() = default;

  // Of these cgroups. Errc::unsupported when what was counted cannot be read.
  [[nodiscard]] virtual Result<Counted> of(const std::set<CgroupId>& cgroups) const = 0;
};

}  // namespace gthulhu
