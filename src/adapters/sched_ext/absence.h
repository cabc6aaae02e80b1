// SPDX-License-Identifier: Apache-2.0
//
// Why our scheduler is not attached, in the words of the status: for people, and without anything
// that changes by itself.
#pragma once

#include <string>

#include "adapters/bpf/scheduler_program.h"
#include "core/enforce/ejections.h"
#include "core/model/cgroup.h"

namespace gthulhu::absence {

// It cannot be used as long as this program runs.
std::string unusable(const std::string& reason);
// Another scheduler is attached.
std::string occupied(const std::string& name);
// Another process has the place where it would be.
std::string claimed(const std::string& reason);
// An operator has stopped it.
std::string stopped();
// One is on its way in or out.
std::string being_changed();
// The cgroup at `path` has a CPU limit.
std::string limited(const std::string& path, CgroupVersion version);
// The kernel has thrown it out, and `ejections` know.
std::string ejected(const SchedulerEnd& end, const Ejections& ejections);
// It could not come back.
std::string not_loaded(const std::string& reason, const Ejections& ejections);

}  // namespace gthulhu::absence
