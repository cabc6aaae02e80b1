// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace gthulhu {

// Where the kernel tells of itself; tests have their own.
struct KernelFiles {
  std::string sysfs = "/sys";
  std::string btf = "/sys/kernel/btf/vmlinux";
};

// Why no scheduler of ours can be used as long as this kernel runs; empty when one can. Some
// kernels of Debian (7.1, 7.2) were built with a pahole that shows arguments which the kernel adds
// by itself to calls of BPF programs: it refuses every such call then.
std::string why_unusable(const KernelFiles& files);

// The name of the scheduler that is attached, as the kernel shows it; empty when there is none. One
// that is let go of is shown for some moments more.
std::string attached_scheduler(const std::string& sysfs);
// Whether one can be attached: none is, and none is on its way in or out.
bool is_vacant(const std::string& sysfs);

// How many tasks could not have the CPU that was chosen for them, since a scheduler was attached:
// the kernel's events SCX_EV_SELECT_CPU_FALLBACK and SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE. 0 where it
// counts none.
std::uint64_t bounced_tasks(const std::string& sysfs);

// The name of a thread; empty when it is gone. `proc` is where /proc is.
std::string thread_name(const std::string& proc, pid_t thread);

}  // namespace gthulhu
