// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/ports/task_events.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Events of our programs on raw tracepoints of the kernel (bpf/task_events.bpf.c), out of a ring
// buffer. They say all that the index needs, places too.
//
// Before it is taken for good, it has to show an event of the calling thread's making, and to agree
// with `proc` about it: in another PID or time namespace it would not.
//
// Errc::unsupported, with the reason, where it cannot be had: built without BPF, no BTF of the
// kernel, a right that lacks (CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN), an older kernel.
Result<std::unique_ptr<TaskEvents>> open_bpf_task_events(CgroupVersion cpu_hierarchy,
                                                         const std::string& proc = "/proc");

}  // namespace gthulhu
