// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/ports/run_queue_meter.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Counts by our programs on the scheduler's tracepoints (bpf/run_queue_waits.bpf.c), which go by
// the kernel's own sum of each task's waits (CONFIG_SCHED_INFO, which distributions have).
//
// Errc::unsupported, with the reason, where it cannot be had: as with open_bpf_task_events().
Result<std::unique_ptr<RunQueueMeter>> open_bpf_run_queue_meter(CgroupVersion cpu_hierarchy);

}  // namespace gthulhu
