// SPDX-License-Identifier: Apache-2.0
//
// In the place of bpf_task_events.cpp where libbpf was not there at build time.
#include "adapters/bpf/bpf_task_events.h"

namespace gthulhu {

Result<std::unique_ptr<TaskEvents>> open_bpf_task_events(CgroupVersion, const std::string&) {
  return Error{Errc::unsupported, "this program was built without BPF (libbpf 1.4 or later)", ""};
}

}  // namespace gthulhu
