// SPDX-License-Identifier: Apache-2.0
//
// Where the cpu controller is. Formats: mountinfo in proc_pid_mountinfo(5), /proc/PID/cgroup in
// cgroups(7).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// The hierarchy with the cpu controller: v2 when its root offers `cpu`, else the v1 hierarchy that
// has it. Of several mounts the one that shows most: in a cgroup namespace a mount of the host's
// hierarchy (design F7) before the own one. `system_root` stands before every path that is
// read, and before the root in the answer. Errc::unsupported when no such hierarchy is mounted.
Result<CpuHierarchy> find_cpu_hierarchy(const std::string& system_root = {});

// The directory of the calling process in that hierarchy, below its root; "" for the root itself.
// Errc::unavailable when it lies outside of what the root shows.
Result<std::string> own_cgroup(const CpuHierarchy& hierarchy, const std::string& system_root = {});

// The same from the text of a /proc/PID/cgroup.
Result<std::string> cgroup_in(CgroupVersion version, std::string_view proc_cgroup);

}  // namespace gthulhu
