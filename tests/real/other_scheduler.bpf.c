/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * Somebody else's scheduler: all that it has is a name, and the kernel does the rest by itself.
 */
// clang-format off: libbpf's headers want the types before them
#include "bpf/kernel_types.h"

#include <bpf/bpf_helpers.h>
// clang-format on

struct sched_ext_ops {
  char name[128];
};

char LICENSE[] SEC("license") = "GPL";

SEC(".struct_ops.link")
struct sched_ext_ops other = {
    .name = "somebody_elses",
};
