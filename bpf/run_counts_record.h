/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What run_queue_meter.bpf.c counts on each CPU and the decision maker reads.
 */
#pragma once

#include <linux/types.h>

enum {
  GTHULHU_PODS_MOST = 1024,
  GTHULHU_POD_CGROUPS_MOST = 16384,
  /* Bucket 0 has what is shorter than 2^13 ns, bucket i what is shorter than 2^(13 + i) ns and in
   * none before it, the last one all that is longer. */
  GTHULHU_FIRST_BUCKET_LOG2 = 13,
  GTHULHU_DURATION_BUCKETS = 19,
};

/* A burst is from getting a CPU to leaving it, a wait what came before it. */
struct gthulhu_run_counts {
  __u64 waits[GTHULHU_DURATION_BUCKETS]; /* without throttling */
  __u64 wait_ns;                         /* of the same */
  __u64 throttled_ns;                    /* of waits with throttling, all of each */
  __u64 throttled;                       /* how many these were */
  __u64 bursts[GTHULHU_DURATION_BUCKETS];
  __u64 burst_ns;
  __u64 preempted; /* bursts after which the task could have gone on */
};

/* In few steps: this is done whenever a task leaves its CPU. */
static inline __u32 gthulhu_bucket_of(__u64 ns) {
  const __u32 last = GTHULHU_DURATION_BUCKETS - 1;
  __u32 bits = 0;

  ns >>= GTHULHU_FIRST_BUCKET_LOG2;
  if (ns >> last) return last;
  for (__u32 step = 16; step > 0; step /= 2) {
    if (ns >> step) {
      bits += step;
      ns >>= step;
    }
  }
  return bits + (__u32)ns;
}
