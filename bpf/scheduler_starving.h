/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Whose turn it is because of having waited for long, whatever else waits. In order of virtual time
 * alone, waits have no bound: see gthulhu_overdue.
 */
#pragma once

#include "scheduler_state.h"

/* Of those who wait, who is past its time the most, or the least before it. */
struct latest {
  __s32 number; /* of the thread; 0: nobody waits */
  bool all;     /* who waits at the end of the queue may be as well */
  __s64 overdue_ns;
};

static __noinline int find_latest(__u64 queue, __u64 waiting, __u64 now, struct latest* latest) {
  struct bpf_iter_scx_dsq iterator;
  __u64 compared;

  if (!latest) return 0;
  bpf_iter_scx_dsq_new(&iterator, queue, 0);
  bpf_for(compared, 0, waiting) {
    struct task_struct* task = bpf_iter_scx_dsq_next(&iterator);
    const struct gthulhu_task* state;
    __s64 overdue;

    if (!task) break;
    state = task_of(task);
    if (!state) continue;
    overdue = gthulhu_overdue(state->waits_ns, now, state->policy.priority, waiting, SETTINGS);
    if (!latest->number || overdue > latest->overdue_ns) {
      latest->number = task->pid;
      latest->overdue_ns = overdue;
    }
    if (gthulhu_has_looked_enough(compared, latest->overdue_ns, latest->all)) break;
  }
  bpf_iter_scx_dsq_destroy(&iterator);
  return 0;
}

/* A thread whose turn it is whatever else waits. */
static __noinline bool take_starved(__u64 queue, __s32 number) {
  struct bpf_iter_scx_dsq iterator;
  struct task_struct* task;
  bool is_taken = false;

  if (!number) return false;
  bpf_iter_scx_dsq_new(&iterator, queue, 0);
  while ((task = bpf_iter_scx_dsq_next(&iterator))) {
    if (task->pid != number) continue;
    is_taken = scx_bpf_dsq_move(&iterator, task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), 0);
    break;
  }
  bpf_iter_scx_dsq_destroy(&iterator);
  return is_taken;
}

/* Whether somebody gets the CPU because of having waited for long. */
static __always_inline bool help_starving(__s32 id,
                                          struct gthulhu_cpu* cpu,
                                          const struct gthulhu_task* previous,
                                          __u64 now) {
  const bool is_boosted = previous && previous->policy.priority > 0;
  const bool is_idle = previous && previous->policy.priority == GTHULHU_PRIORITY_IDLE;
  const __u64 ordinary_ones = cpu->ordinary_waits ? queued(ORDINARY_QUEUE(id)) : 0;
  const __u64 idle_ones = cpu->idle_waits ? queued(IDLE_QUEUE(id)) : 0;
  const __u64 boosted_ones = cpu->boosted_waits ? queued(BOOSTED_QUEUE(id)) : 0;
  const __u64 waiting = ordinary_ones + idle_ones + boosted_ones;
  const bool must_look = gthulhu_must_look(cpu->overdue_look_ns, now);
  struct latest ordinary = {.all = must_look}, boosted = {.all = must_look};
  struct latest idle = {.all = must_look};

  if ((is_boosted || cpu->boosted_waits) &&
      gthulhu_is_starved(cpu->ordinary_since_ns, now, SETTINGS->starve_ns, ordinary_ones,
                         GTHULHU_WATCHDOG_NS)) {
    find_latest(ORDINARY_QUEUE(id), waiting, now, &ordinary);
    if (take_starved(ORDINARY_QUEUE(id), ordinary.number)) goto taken;
  }
  if (must_look && (cpu->ordinary_waits || cpu->boosted_waits)) {
    ordinary.number = 0;
    find_latest(ORDINARY_QUEUE(id), waiting, now, &ordinary);
    find_latest(BOOSTED_QUEUE(id), waiting, now, &boosted);
    if (boosted.number && boosted.overdue_ns >= 0 &&
        (!ordinary.number || boosted.overdue_ns > ordinary.overdue_ns)) {
      if (take_starved(BOOSTED_QUEUE(id), boosted.number)) goto taken;
    } else if (ordinary.number && ordinary.overdue_ns >= 0) {
      if (take_starved(ORDINARY_QUEUE(id), ordinary.number)) goto taken;
    }
    /* Whoever is overdue besides comes right after. */
    cpu->overdue_look_ns = gthulhu_next_look(now, waiting, SETTINGS);
  }
  if (cpu->idle_waits && !is_idle &&
      gthulhu_is_starved(cpu->idle_since_ns, now, SETTINGS->idle_starve_ns, idle_ones,
                         GTHULHU_WATCHDOG_NS)) {
    find_latest(IDLE_QUEUE(id), waiting, now, &idle);
    if (take_starved(IDLE_QUEUE(id), idle.number)) goto taken;
  }
  return false;
taken:
  cpu->is_guard_due = true;
  count(GTHULHU_GUARD_TURNS);
  return true;
}
