/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * What tests/waits/wake_waits.bpf.c writes down.
 */
#pragma once

#include <linux/types.h>

#define WAKE_WAITS_GROUPS_MOST 128
#define WAKE_WAITS_CPUS_MOST 64
#define WAKE_WAITS_SAMPLES_MOST (1 << 20)
#define WAKE_WAITS_TASKS_MOST 4096

/* Use is summed up in steps of this since recording began, so many of them. */
#define WAKE_WAITS_STEP_NS 10000000ULL
#define WAKE_WAITS_STEPS_MOST 8192

enum wake_waits_kind {
  WAKE_WAITS_WOKEN = 0,     /* a wait from a wake-up to the CPU */
  WAKE_WAITS_PREEMPTED = 1, /* a wait from losing the CPU to having it again */
  WAKE_WAITS_CUT_RUN = 2,   /* a run without interruption, ended by others */
  WAKE_WAITS_WHOLE_RUN = 3, /* the same, ended by the task's own sleep */
};

struct wake_waits_sample {
  __u64 ns;
  __u32 group;
  __u32 kind;
};

enum wake_waits_state {
  WAKE_WAITS_ASLEEP = 0,
  WAKE_WAITS_READY_WOKEN = 1,
  WAKE_WAITS_READY_PREEMPTED = 2,
  WAKE_WAITS_RUNS = 3,
};

/* A watched task as it is now. */
struct wake_waits_task {
  __u64 since_ns; /* CLOCK_MONOTONIC */
  __u32 group;
  __u32 state;
  __u32 cpu;
  __u32 unused;
};
