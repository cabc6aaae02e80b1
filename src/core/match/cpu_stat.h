// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/model/pod_delay.h"

namespace gthulhu {

// The counts of a cpu.stat (v2: Documentation/admin-guide/cgroup-v2.rst, times in us; v1:
// Documentation/scheduler/sched-bwc.rst, in ns). What it lacks is 0: without a quota it has less.
Throttling parse_cpu_stat(std::string_view content);

}  // namespace gthulhu
