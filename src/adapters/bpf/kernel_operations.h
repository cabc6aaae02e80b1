// SPDX-License-Identifier: Apache-2.0
//
// What the running kernel tells a sched_ext scheduler of.
#pragma once

struct bpf_object;

namespace gthulhu {

// Before loading: takes out of the scheduler in `object` the operations and flags that the kernel
// does not know (struct sched_ext_ops and enum scx_ops_flags, kernel/sched/ext_internal.h) and the
// scheduler does without. All stays where the kernel's BTF cannot be read; loading then says why.
void leave_out_unknown_operations(bpf_object& object);

}  // namespace gthulhu
