// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/model/cgroup.h"

namespace gthulhu {

// A cgroup whose tasks together may use only so much CPU time, as the path below the hierarchy's
// root: one whose cpu.max (v2) is not "max …", or whose cpu.cfs_quota_us (v1) is above 0. Of
// several any one; nothing when there is none. Looks at every cgroup until one is found: three
// system calls for each.
std::optional<std::string> find_cpu_limit(const CpuHierarchy& hierarchy);

}  // namespace gthulhu
