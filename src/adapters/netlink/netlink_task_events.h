// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/ports/task_events.h"
#include "base/result.h"

namespace gthulhu {

// Events of the kernel's process connector (Documentation/driver-api/connector.rst,
// include/uapi/linux/cn_proc.h). They name tasks and no more: whoever takes them looks at the
// processes. Moves between cgroups are not told.
//
// Before it is taken for good, it has to show an event of the calling thread's making: the kernel
// is silent to who is not in the initial namespaces.
//
// Errc::unsupported, with the reason, where it cannot be had: CAP_NET_ADMIN lacks, another PID,
// user or network namespace than the host's, a kernel without CONFIG_PROC_EVENTS.
Result<std::unique_ptr<TaskEvents>> open_netlink_task_events();

}  // namespace gthulhu
