/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * A cgroup's cpu.max, as far as it needs nothing of the kernel: a bucket into which its quota comes
 * once in each period, and from which all in it take what they run. What they ran beyond it is
 * debt, and the next quotas pay for it: so over time it is exact, however late a run ends.
 *
 * The bucket holds one quota and cpu.max.burst, as the kernel's own
 * (Documentation/scheduler/sched-bwc.rst).
 */
#pragma once

#include <linux/types.h>

#include "policy.h"
#include "scheduler_record.h"

/* What the kernel says where there is no limit (RUNTIME_INF, kernel/sched/sched.h). */
#define GTHULHU_NO_QUOTA (~0ULL)

/* For less nobody gets a CPU: the switch would cost as much. */
#define GTHULHU_GRANT_LEAST_NS (GTHULHU_MS / 10)

/* Who is held back for so long gets a moment in spite of all debt. */
#define GTHULHU_HELD_MOST_NS (GTHULHU_WATCHDOG_NS / 3 * 2)

/* Whom a limit has held back is in its queue before that, whatever the CPU does meanwhile. */
#define GTHULHU_ON_HIS_WAY_NS (10 * GTHULHU_MS)

/* So many quotas pay for whatever there is to be paid for. */
#define GTHULHU_QUOTAS_MOST 1024

/* Another limit, or none. Debt stays, savings do not. */
static inline void gthulhu_set_limit(
    struct gthulhu_limit* limit, __u64 period_us, __u64 quota_us, __u64 burst_us, __u64 now) {
  const __u64 quota_ns = quota_us == GTHULHU_NO_QUOTA ? 0 : quota_us * 1000;

  limit->period_ns = period_us ? period_us * 1000 : 100 * GTHULHU_MS;
  limit->burst_ns = burst_us * 1000;
  limit->refill_ns = now + limit->period_ns;
  if (!limit->quota_ns || limit->budget_ns > (__s64)quota_ns) limit->budget_ns = (__s64)quota_ns;
  limit->quota_ns = quota_ns;
}

/* How many quotas have come by now, the first of them then. */
static inline __u64 gthulhu_quotas(__u64 refill_ns, __u64 now, __u64 period_ns) {
  if ((__s64)(now - refill_ns) < 0) return 0;
  return (now - refill_ns) / (period_ns ? period_ns : 1) + 1;
}

/* What is in the bucket when so many quotas have come. */
static inline __s64 gthulhu_refilled(__s64 budget_ns,
                                     __u64 quotas,
                                     const struct gthulhu_limit* limit) {
  const __s64 most = (__s64)(limit->quota_ns + limit->burst_ns);

  if (quotas > GTHULHU_QUOTAS_MOST) return most;
  budget_ns += (__s64)(quotas * limit->quota_ns);
  return budget_ns < most ? budget_ns : most;
}

/* So many quotas have come, the first at `due_ns`: what was left of those before, and whether
 * somebody waits for them now, tell of the periods that are over. Of several all count that
 * somebody has waited for, since a timer is late then. Else one does: mostly nobody wanted to run
 * in the others, but where a period is shorter than a slice somebody may have. */
static inline void gthulhu_count_periods(
    struct gthulhu_limit* limit, __s64 left_ns, __u64 due_ns, __u64 quotas, int waits) {
  const int was_held = waits || !gthulhu_is_before(limit->held_ns, due_ns - limit->period_ns);
  const __u64 periods = waits ? quotas : 1;

  if (was_held) __sync_fetch_and_add(&limit->throttled_periods, periods);
  if (was_held || left_ns < (__s64)(limit->quota_ns + limit->burst_ns))
    __sync_fetch_and_add(&limit->periods, periods);
}

/* By the limit's timer alone: adds the time that somebody was held back until now. `waits`:
 * somebody does in the queue; `stays`: somebody will after that too. Who is not in the queue any
 * more though nobody let him go was killed, or moved and is on his way into it again. */
static inline void gthulhu_count_held(struct gthulhu_limit* limit,
                                      __u64 now,
                                      int waits,
                                      int stays) {
  const __u64 since = limit->throttled_at_ns;
  const int is_on_his_way =
      !waits && since && gthulhu_is_before(now, limit->held_ns + GTHULHU_ON_HIS_WAY_NS);
  const __u64 until = waits || is_on_his_way ? now : limit->held_ns;

  limit->throttled_at_ns = stays || is_on_his_way ? now : 0;
  if (since && gthulhu_is_before(since, until)) limit->throttled_ns += until - since;
}

/* How long somebody may run who wants to run for `wanted_ns`; 0: not now. */
static inline __u64 gthulhu_grant(__s64 budget_ns, __u64 wanted_ns) {
  if (budget_ns < (__s64)GTHULHU_GRANT_LEAST_NS) return 0;
  return (__u64)budget_ns < wanted_ns ? (__u64)budget_ns : wanted_ns;
}

/* How many of those who are held back may go on: as many as there is budget for, if each takes a
 * slice; and so many that each has a turn in time, if as many waited ever since the last look. A
 * part of such a turn is kept for the next one. */
static inline __u64 gthulhu_released(
    struct gthulhu_limit* limit, __u64 waiting, __s64 budget_ns, __u64 now, __u64 slice_ns) {
  const __u64 paid =
      budget_ns > 0 ? ((__u64)budget_ns + slice_ns - 1) / (slice_ns ? slice_ns : 1) : 0;
  __u64 in_time;

  limit->waited_ns += waiting * (now - limit->looked_ns);
  limit->looked_ns = now;
  in_time = limit->waited_ns / GTHULHU_HELD_MOST_NS;
  limit->waited_ns = paid > in_time ? 0 : limit->waited_ns % GTHULHU_HELD_MOST_NS;
  if (paid > in_time) in_time = paid;
  return waiting < in_time ? waiting : in_time;
}

/* How long each of these runs at most before it is asked again. */
static inline __u64 gthulhu_grant_of_each(__s64 budget_ns, __u64 released, __u64 slice_ns) {
  const __u64 each = budget_ns > 0 ? (__u64)budget_ns / (released ? released : 1) : 0;

  if (each < GTHULHU_GRANT_LEAST_NS) return GTHULHU_GRANT_LEAST_NS;
  return each < slice_ns ? each : slice_ns;
}
