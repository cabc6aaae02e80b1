/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * Our scheduler with a fault, which is in no other build: it forgets tasks of one name whenever
 * they are to wait. The kernel's watchdog bears that for two seconds.
 */
#include "bpf/policy.h"
#include "bpf/scheduler_kernel.h"

#undef GTHULHU_WATCHDOG_NS
#define GTHULHU_WATCHDOG_NS (2000 * GTHULHU_MS)

static __always_inline bool is_to_be_forgotten(struct task_struct* task) {
  char name[16];

  return bpf_probe_read_kernel_str(name, sizeof(name), task->comm) > 0 &&
         !bpf_strncmp(name, sizeof(name), "forgotten");
}

#define FORGETS(task) is_to_be_forgotten(task)

#include "bpf/scheduler.bpf.c"
