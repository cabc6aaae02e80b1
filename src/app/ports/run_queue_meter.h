// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "base/result.h"
#include "core/model/pod_delay.h"
#include "core/model/task_event.h"

namespace gthulhu {

// Cgroups that are counted together.
enum class MeterNumber : std::uint32_t {};

// How long the tasks in some cgroups wait for a CPU and then run, counted in the kernel as it
// happens: both count when the task leaves the CPU. Waits and bursts of tasks that are new in a
// cgroup count from the first on, those of tasks that were there before or were moved there from
// the second.
//
// Threads: one at a time.
class RunQueueMeter {
 public:
  static constexpr std::size_t numbers_most = 1'024;

  using Cgroups = std::map<MeterNumber, std::set<CgroupId>>;

  virtual ~RunQueueMeter() = default;

  // Counts from now on in exactly these cgroups and all below them. What was counted by a number
  // that is named no more is dropped, and what was by one that is stays. No number is 0.
  // Errc::too_large for more than numbers_most; Errc::unavailable when the kernel has no room.
  virtual Result<> count_in(const Cgroups& cgroups) = 0;

  // What was counted so far; nothing of a number that was not named.
  virtual Result<RunCounts> counted(MeterNumber number) = 0;
};

}  // namespace gthulhu
