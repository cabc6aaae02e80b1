// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/ports/run_queue_meter.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Counts by our programs on the scheduler's tracepoints (bpf/run_queue_meter.bpf.c), which go by
// the kernel's own sums of each task's waits and runs (CONFIG_SCHED_INFO, which distributions
// have), whatever scheduler the task is under.
//
// Errc::unsupported, with the reason, where it cannot be had: as with open_bpf_task_events().
Result<std::unique_ptr<RunQueueMeter>> open_bpf_run_queue_meter(CgroupVersion cpu_hierarchy);

}  // namespace gthulhu
