// SPDX-License-Identifier: Apache-2.0
//
// What a decision means for one task and for one cpu cgroup, after core/enforce/knobs.h.
#pragma once

#include "adapters/cfs/journal_records.h"
#include "adapters/cfs/sched_values.h"
#include "core/model/cgroup.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

struct TaskTarget {
  SchedValues values;
  bool clamped = false;  // the full priority does not fit between nice −20 and 19
};

// For a task whose own values are `own`. A neutral decision without a slice asks for nothing.
TaskTarget task_target(const SchedValues& own, Priority priority, Slice slice, bool takes_slices);

struct GroupTarget {
  GroupValues values;
  bool clamped = false;  // out of the kernel's bounds, or rounded to more than 5 % off
};

GroupTarget group_target(const GroupValues& own, Priority priority, CgroupVersion version);

}  // namespace gthulhu
