// SPDX-License-Identifier: Apache-2.0
//
// A labelled workload where systemd owns the hierarchy: a transient scope. systemd-run makes the
// scope, becomes this program again in it, and that labels the scope's cgroup and becomes the
// command: one process all the way, and systemd removes the scope when its last process ends.
#pragma once

#include <string>
#include <vector>

#include "adapters/cgroupfs/workload_labels.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// The command that starts `again` in a scope `unit` ("gthulhu-<id>.scope"), which may make cgroups
// below it.
std::vector<std::string> scope_command(const std::string& unit,
                                       const std::vector<std::string>& again);

// Labels the cgroup that this process is in, if it is that of `unit`: else somebody else's would be
// labelled, and that is an Errc::conflict. `system_root` as in find_cpu_hierarchy().
Result<> label_own_scope(const CpuHierarchy& hierarchy,
                         const std::string& unit,
                         const GivenLabels& given,
                         const std::string& system_root = {});

}  // namespace gthulhu
