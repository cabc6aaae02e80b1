/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What run_queue_waits.bpf.c counts on each CPU and the decision maker reads.
 */
#pragma once

#include <linux/types.h>

enum {
  GTHULHU_PODS_MOST = 1024,
  GTHULHU_POD_CGROUPS_MOST = 16384,
  /* Bucket 0 has the waits below 2^13 ns, bucket i those below 2^(13 + i) ns that are in none
   * before it, the last one all that is longer. */
  GTHULHU_WAIT_FIRST_LOG2 = 13,
  GTHULHU_WAIT_BUCKETS = 19,
};

struct gthulhu_wait_counts {
  __u64 buckets[GTHULHU_WAIT_BUCKETS]; /* of waits without throttling */
  __u64 wait_ns;                       /* of the same */
  __u64 throttled_ns;                  /* of waits with throttling, all of each */
  __u64 throttled;                     /* how many these were */
};
