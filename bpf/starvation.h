/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Whose turn it is because of having waited for long, as far as it needs nothing of the kernel
 * (design D11): virtual times bound no wait.
 */
#pragma once

#include <linux/types.h>

#include "policy.h"
#include "scheduler_record.h"

/* How long those of 0 and below wait at most, `waiting` of them, before it is their turn: the
 * kernel throws a scheduler out under which a task waits for `watchdog_ns`, and complains after 21
 * s of one that was preempted while it read what RCU protects. */
static inline __u64 gthulhu_starve(__u64 starve_ns, __u64 waiting, __u64 watchdog_ns) {
  const __u64 most = watchdog_ns / 8 / (waiting ? waiting : 1);

  return starve_ns < most ? starve_ns : most;
}

/* Whether it is the turn of `waiting` who have had no CPU since then. */
static inline int gthulhu_is_starved(
    __u64 since_ns, __u64 now, __u64 starve_ns, __u64 waiting, __u64 watchdog_ns) {
  const __u64 most = gthulhu_starve(starve_ns, waiting, watchdog_ns);

  /* Another CPU's time may be a little ahead. */
  return waiting && (__s64)(now - since_ns) >= (__s64)most;
}

/* So many turns are made good at most. */
#define GTHULHU_OWED_MOST 3

/* How long they have waited, as far as it is made good. */
static inline __u64 gthulhu_waited(__u64 since_ns, __u64 now, __u64 starve_ns) {
  const __u64 most = GTHULHU_OWED_MOST * starve_ns;

  /* Another CPU's time may be a little ahead. */
  if ((__s64)(now - since_ns) < 0) return 0;
  return now - since_ns < most ? now - since_ns : most;
}

/* Since when they have had no CPU after one of them ran for `ran_ns`. A turn of `guard_ns` makes
 * good `starve_ns` of waiting: a shorter one less, so that a short run does not cost others their
 * turn, and who has waited for longer gets more than one. */
static inline __u64 gthulhu_made_good(
    __u64 since_ns, __u64 now, __u64 ran_ns, __u64 starve_ns, __u64 guard_ns) {
  const __u64 waited = gthulhu_waited(since_ns, now, starve_ns);

  if (ran_ns >= waited) return now;
  ran_ns += ran_ns * starve_ns / (guard_ns ? guard_ns : 1);
  return ran_ns < waited ? now - waited + ran_ns : now;
}

/* How long the turn of one of those is who have waited so long. They are owed nothing where only
 * the one who gets it has waited too long: it is shorter, because many of little weight get one
 * after the other. */
static inline __u64 gthulhu_turn(__u64 since_ns, __u64 now, __u64 starve_ns, __u64 guard_ns) {
  const __u64 waited = gthulhu_waited(since_ns, now, starve_ns);

  if (!starve_ns || waited < starve_ns) return guard_ns / 2;
  return guard_ns * waited / starve_ns;
}

/* Whether an ordinary task that begins to wait, where none does, begins to starve: not if one has
 * just run here. */
static inline int gthulhu_begins_to_starve(int run_kind, int is_woken) {
  if (run_kind == GTHULHU_RUNS_NONE) return is_woken;
  return run_kind != GTHULHU_RUNS_ORDINARY && run_kind != GTHULHU_RUNS_GUARDED;
}

/* How long past its time a task is that has waited since then, one of so many; below 0 it is not
 * yet. In half of what is promised, so that there is time to get at it. Virtual times promise
 * nothing: a CPU's clock goes slower than time by as much as those there are due more than a CPU
 * together. */
static inline __s64 gthulhu_overdue(__u64 since_ns,
                                    __u64 now,
                                    int priority,
                                    __u64 waiting,
                                    const struct gthulhu_settings* settings) {
  const __u64 one = priority < 0 ? 10 * settings->starve_ns : settings->starve_ns;
  const __u64 patience = waiting * gthulhu_starve(one, waiting, GTHULHU_WATCHDOG_NS);

  return (__s64)(now - since_ns) - (__s64)patience;
}

/* Of so many who wait all are looked at, to find who is overdue the most. With thousands, among
 * whom many are overdue together, the first of them will do: to look at all for each turn would
 * cost more than the turns. */
#define GTHULHU_COMPARED_MOST 64

/* Whether who was found first is good enough; `all`: somebody may have to be looked for in the
 * whole queue. */
static inline int gthulhu_has_looked_enough(__u64 compared, __s64 overdue_ns, int all) {
  return compared >= GTHULHU_COMPARED_MOST && (!all || overdue_ns >= 0);
}

/* When the next look is due at who is overdue of so many: the longer it takes the more seldom, but
 * four times at least while somebody waits for as long as anybody may (gthulhu_starve). */
static inline __u64 gthulhu_next_look(__u64 now,
                                      __u64 waiting,
                                      const struct gthulhu_settings* settings) {
  const __u64 by_length = settings->starve_ns / 2 * (1 + waiting / GTHULHU_COMPARED_MOST);
  const __u64 most = GTHULHU_WATCHDOG_NS / 32;

  return now + (by_length < most ? by_length : most);
}

/* Whether a CPU on which somebody waits has to see who is overdue before anything else. */
static inline int gthulhu_must_look(__u64 look_ns, __u64 now) {
  return (__s64)(now - look_ns) >= 0;
}

/* Whether who would preempt on a CPU has to wait until it was seen whose turn it is there: while
 * one after the other preempts, nobody looks at those who wait. */
static inline int gthulhu_must_look_first(const struct gthulhu_cpu* cpu,
                                          __u64 now,
                                          const struct gthulhu_settings* settings) {
  if ((cpu->boosted_waits || cpu->ordinary_waits) && gthulhu_must_look(cpu->overdue_look_ns, now))
    return 1;
  return cpu->idle_waits && gthulhu_is_starved(cpu->idle_since_ns, now, settings->idle_starve_ns, 1,
                                               GTHULHU_WATCHDOG_NS);
}
