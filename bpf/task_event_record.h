/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What task_events.bpf.c writes into its ring buffer and the decision maker reads.
 */
#pragma once

#include <linux/types.h>

enum gthulhu_task_event_kind {
  GTHULHU_TASK_STARTED = 1,  /* by clone, in the cgroup that it begins in */
  GTHULHU_TASK_EXECUTED = 2, /* it is its process's only thread now */
  GTHULHU_TASK_RENAMED = 3,
  GTHULHU_TASK_ENDED = 4,
  GTHULHU_TASK_MOVED = 5,    /* into `cgroup` */
  GTHULHU_PROCESS_MOVED = 6, /* with all its threads */
};

struct gthulhu_task_event {
  __u64 at_ns; /* CLOCK_MONOTONIC */
  __u64 start_boottime_ns;
  __u64 cgroup_id; /* inode of its directory in the hierarchy that holds the cpu controller */
  __u32 kind;      /* enum gthulhu_task_event_kind */
  __s32 tid;
  __s32 tgid;
  __s32 parent_tgid;
  char comm[16]; /* ends with a NUL */
};
