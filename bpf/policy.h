/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The scheduler's decisions, as far as they need nothing of the kernel: plain C, for the program in
 * the kernel, for the unit tests and for the simulator.
 *
 * Fair queueing by start tags (Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996), per CPU:
 * a task's virtual time advances by what it ran divided by its weight, the one that is least far
 * goes first, and the CPU's clock is the virtual time of the last that went in this order. A task
 * above 0 goes out of this order, before all others, for as long as it is not ahead of the clock:
 * so it gets its share early, but no more than its share.
 */
#pragma once

#include <linux/types.h>

#include "scheduler_record.h"

#define GTHULHU_MS 1000000ULL

/* Shares are what is due to somebody: so much is one CPU. */
#define GTHULHU_SHARE_ONE (1ULL << 30)

enum {
  GTHULHU_WEIGHT_ONE = 1024, /* of nice 0, and of a cgroup whose cpu.weight is 100 */
  GTHULHU_WEIGHT_IDLE = 3,   /* WEIGHT_IDLEPRIO, kernel/sched/sched.h */
  GTHULHU_PRIORITY_IDLE = -20,
};

/* 1024 x 1.25^-nice, from nice -20 on (sched_prio_to_weight, kernel/sched/core.c, has the same
 * within one hundredth). */
static const __u32 gthulhu_weights[40] = {
    88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921, 9537, 7629, 6104, 4883,
    3906,  3125,  2500,  2000,  1600,  1280,  1024,  819,   655,   524,   419,  336,  268,  215,
    172,   137,   110,   88,    70,    56,    45,    36,    29,    23,    18,   15};

/* A task's own nice is moved by -priority, within -20...19. */
static inline __u32 gthulhu_weight(int nice, int priority) {
  int index = nice - priority + 20;

  if (index < 0) index = 0;
  if (index > 39) index = 39;
  return gthulhu_weights[index];
}

/* Of two virtual times, which may have passed 2^64. */
static inline int gthulhu_is_before(__u64 one, __u64 other) {
  return (__s64)(one - other) < 0;
}

static inline __u64 gthulhu_weight_of_group(__u32 cpu_weight) {
  return (__u64)cpu_weight * GTHULHU_WEIGHT_ONE / 100;
}

/* What a part of `weight` gets of a share that is divided among parts of `load` together. A task
 * that is boosted counts there with what it would have otherwise, so that nobody loses to it more
 * than anybody else. */
static inline __u64 gthulhu_part(__u64 share, __u64 weight, __u64 load) {
  return share * weight / (load > 0 ? load : 1);
}

/* How far a task's virtual time advances. */
static inline __u64 gthulhu_virtual(__u64 run_ns, __u64 share) {
  const __u64 run_most = 1ULL << 32, share_least = GTHULHU_SHARE_ONE >> 20;

  if (run_ns > run_most) run_ns = run_most;
  return run_ns * GTHULHU_SHARE_ONE / (share < share_least ? share_least : share);
}

/* Where a task that waits stands: never so far behind the others that it would wait for longer than
 * is promised (design D11); and one that has slept keeps no more than `lag_ns` of what it left
 * unused, nor more than that of CPU time. */
static inline __u64 gthulhu_placed(__u64 vtime,
                                   __u64 clock,
                                   __u64 share,
                                   int priority,
                                   int has_slept,
                                   const struct gthulhu_settings* settings) {
  const __u64 most = clock + (priority < 0 ? 10 * settings->wait_ns : settings->wait_ns);

  if (gthulhu_is_before(most, vtime)) return most;
  if (has_slept) {
    const __u64 lag =
        share > GTHULHU_SHARE_ONE ? gthulhu_virtual(settings->lag_ns, share) : settings->lag_ns;

    if (gthulhu_is_before(vtime, clock - lag)) return clock - lag;
  }
  return vtime;
}

/* Whether a task goes before those that wait in order. `awake_ns`: how long it has run since it
 * slept. */
static inline int gthulhu_is_within_share(int priority, __u64 vtime, __u64 clock) {
  return priority > 0 && !gthulhu_is_before(clock, vtime);
}

static inline __u64 gthulhu_slice(const struct gthulhu_policy* policy,
                                  const struct gthulhu_settings* settings) {
  if (policy->slice_ns) return policy->slice_ns;
  return policy->priority > 0 ? settings->boosted_slice_ns : settings->slice_ns;
}

/* How long those of 0 and below wait at most, `waiting` of them, before it is their turn: the
 * kernel throws a scheduler out under which a task waits for `watchdog_ns`. */
static inline __u64 gthulhu_starve(__u64 starve_ns, __u64 waiting, __u64 watchdog_ns) {
  const __u64 most = watchdog_ns / 4 / (waiting ? waiting : 1);

  return starve_ns < most ? starve_ns : most;
}

/* What runs on a CPU, for a task that has been woken and looks for one. */
struct gthulhu_running {
  __u64 vtime; /* by now */
  int priority;
  int kind; /* enum gthulhu_run_kind */
};

static inline struct gthulhu_running gthulhu_running_at(const struct gthulhu_cpu* cpu, __u64 now) {
  struct gthulhu_running running;
  const __u64 run_at = cpu->run_at_ns;

  running.kind = cpu->run_kind;
  running.priority = cpu->run_priority;
  running.vtime = cpu->run_vtime;
  if (now > run_at) running.vtime += gthulhu_virtual(now - run_at, cpu->run_share);
  return running;
}

/* Whether a woken task of `priority`, which is not -20, takes the CPU from what runs there. */
static inline int gthulhu_preempts(int priority,
                                   __u64 vtime,
                                   __u64 clock,
                                   __u64 awake_ns,
                                   const struct gthulhu_running* running,
                                   const struct gthulhu_settings* settings) {
  const int is_within =
      gthulhu_is_within_share(priority, vtime, clock) && awake_ns < settings->privilege_ns;

  switch (running->kind) {
    case GTHULHU_RUNS_IDLE: return 1;
    case GTHULHU_RUNS_ORDINARY:
      return is_within || gthulhu_is_before(vtime + settings->granularity_ns, running->vtime);
    case GTHULHU_RUNS_BOOSTED:
      if (gthulhu_is_within_share(running->priority, running->vtime, clock))
        return is_within && priority > running->priority;
      return is_within || gthulhu_is_before(vtime + settings->granularity_ns, running->vtime);
    default: return 0;
  }
}

/* Somebody who may be next on a CPU. */
struct gthulhu_candidate {
  int exists;
  int is_within_share;
  __u64 vtime;
};

static inline int gthulhu_goes_before(struct gthulhu_candidate one,
                                      struct gthulhu_candidate other) {
  if (!one.exists || !other.exists) return one.exists;
  if (one.is_within_share != other.is_within_share) return one.is_within_share;
  return gthulhu_is_before(one.vtime, other.vtime);
}
