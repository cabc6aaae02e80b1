/* SPDX-License-Identifier: GPL-2.0-only
 *
 * cpu.max: who is in a cgroup that has nothing left, or below one, waits in the queue of the
 * nearest limited cgroup, until a timer finds that a quota has come.
 */
#pragma once

#include "cpu_limit.h"
#include "scheduler_groups.h"
#include "scheduler_slices.h"

/* Of those who are held back by a limit. */
#define LIMITED_QUEUE(number) gthulhu_limited_queue((__u32)(number))

/* The timer of a limit looks for so long after somebody was last held back: one who is on his way
 * into the queue is not there yet when it is started. */
#define LIMIT_WATCHED_NS (1000 * GTHULHU_MS)

struct gthulhu_limit limits[GTHULHU_GROUPS_MOST] SEC(".data.limits");

/* Another one whenever limits came or went; 0: there has never been one. */
__u32 limit_generation SEC(".data.limit_generation");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, GTHULHU_GROUPS_MOST);
  __type(key, __u32);
  __type(value, struct own_timer);
} limit_timers SEC(".maps");

/* Of limits. The clock that tasks go by stands still in timers of CPUs that are idle. */
static __always_inline __u64 limit_now(void) {
  return bpf_ktime_get_ns();
}

static __always_inline struct gthulhu_limit* limit_of(__u64 number) {
  asm volatile("%0 &= %1" : "+r"(number) : "i"(GTHULHU_GROUPS_MOST - 1));
  return &limits[number];
}

__noinline __u32 find_limited(__u32 number) {
  const __u32 now = *(volatile __u32*)&limit_generation;
  struct gthulhu_group* group = group_of(number);
  __u32 limited = number;

  for (int level = 0; level < GROUP_DEPTH_MOST && limited; ++level) {
    if (limit_of(limited)->quota_ns) break;
    limited = group_of(limited)->parent;
  }
  group->limited = limited;
  group->limit_generation = now;
  return limited;
}

/* The cgroup, or the nearest above, that has a limit; 0: there is none. */
static __always_inline __u32 limited_of(__u32 number) {
  const __u32 now = *(volatile __u32*)&limit_generation;
  const struct gthulhu_group* group;

  if (!now) return 0;
  group = group_of(number);
  return group->limit_generation == now ? group->limited : find_limited(number);
}

static __always_inline __u32 next_limited(__u32 limited) {
  return limited_of(group_of(limited)->parent);
}

/* What is left in one bucket. */
static __noinline __s64 budget_of(__u32 limited, __u64 now) {
  struct gthulhu_limit* limit = limit_of(limited);
  __u64 due, quotas;
  __s64 budget, more;

  due = *(volatile __u64*)&limit->refill_ns;
  budget = *(volatile __s64*)&limit->budget_ns;
  quotas = gthulhu_quotas(due, now, limit->period_ns);
  /* Of all who see that a quota has come one brings it. */
  if (!quotas ||
      __sync_val_compare_and_swap(&limit->refill_ns, due, due + quotas * limit->period_ns) != due)
    return budget;
  gthulhu_count_periods(limit, budget, due, quotas, queued(LIMITED_QUEUE(limited)) > 0);
  more = gthulhu_refilled(budget, quotas, limit) - budget;
  return __sync_fetch_and_add(&limit->budget_ns, more) + more;
}

/* What all in a limited cgroup may use together now, and when there is more. */
struct budget {
  __s64 left_ns;
  __u64 refill_ns;
};

__noinline int find_budget(__u32 limited, __u64 now, struct budget* budget) {
  if (!budget) return 0;
  budget->left_ns = GTHULHU_WATCHDOG_NS;
  budget->refill_ns = now + LIMIT_WATCHED_NS;
  for (int level = 0; level < GROUP_DEPTH_MOST && limited; ++level) {
    struct gthulhu_limit* limit = limit_of(limited);
    const __s64 left = budget_of(limited, now);
    const __u64 refill = limit->refill_ns;

    if (limit->quota_ns && left < budget->left_ns) budget->left_ns = left;
    if (limit->quota_ns && gthulhu_is_before(refill, budget->refill_ns)) budget->refill_ns = refill;
    limited = next_limited(limited);
  }
  return 0;
}

/* Of `limited` and all limits above it. */
__noinline int take_budget(__u32 limited, __s64 taken_ns) {
  for (int level = 0; level < GROUP_DEPTH_MOST && limited; ++level) {
    __sync_fetch_and_add(&limit_of(limited)->budget_ns, -taken_ns);
    limited = next_limited(limited);
  }
  return 0;
}

static __always_inline bool is_killed(const struct task_struct* task) {
  return task->signal->flags & SIGNAL_GROUP_EXIT;
}

/* All wait for one who was preempted while he read what RCU protects, and for what one has who is
 * about to end. */
static __always_inline bool is_waited_for(const struct task_struct* task) {
  /* This program is a reader, on behalf of the task that leaves the CPU. */
  const int own = task == bpf_get_current_task_btf() ? 1 : 0;

  if (bpf_core_field_exists(task->rcu_read_lock_nesting) && task->rcu_read_lock_nesting > own)
    return true;
  return (task->flags & PF_EXITING) || is_killed(task);
}

/* The limits that hold for a task; 0: none. */
static __always_inline __u32 limits_of(const struct task_struct* task,
                                       const struct gthulhu_task* state) {
  const __u32 limited = limited_of(state->group);

  return limited && !is_waited_for(task) ? limited : 0;
}

static __always_inline bool has_budget(__u32 limited) {
  struct budget budget;

  if (!limited) return true;
  find_budget(limited, limit_now(), &budget);
  return gthulhu_grant(budget.left_ns, GTHULHU_MS) > 0;
}

/* What it ran, instead of what was taken for it. */
static __always_inline void settle_budget(struct gthulhu_task* state, __u64 ran_ns) {
  const __u32 limited = limited_of(state->group);

  if (limited) take_budget(limited, (__s64)(ran_ns - state->reserved_ns));
  state->reserved_ns = 0;
}

/* Takes what it may run from the limits; less than `wanted_ns` if there is not more, and nothing
 * where others have used it up meanwhile. */
static __always_inline __u64 reserve_budget(__u32 limited,
                                            struct gthulhu_task* state,
                                            __u64 wanted_ns) {
  struct budget budget;
  __u64 granted;

  if (state->grant_ns && state->grant_ns < wanted_ns) wanted_ns = state->grant_ns;
  find_budget(limited, limit_now(), &budget);
  granted = gthulhu_grant(budget.left_ns, wanted_ns);
  if (!granted && state->grant_ns) granted = GTHULHU_GRANT_LEAST_NS;
  state->grant_ns = 0;
  state->reserved_ns = granted;
  if (granted) take_budget(limited, (__s64)granted);
  return granted;
}

/* The task, which runs from now on and would for `slice_ns`, ends when the budget does. */
static __always_inline void bound_run(struct task_struct* task,
                                      struct gthulhu_task* state,
                                      __s32 id,
                                      struct gthulhu_cpu* cpu,
                                      __u64 slice_ns,
                                      __u64 now) {
  const __u32 limited = limits_of(task, state);
  __u64 granted;

  cpu->is_limited = false;
  if (!limited) return;
  granted = reserve_budget(limited, state, slice_ns);
  if (granted >= slice_ns) return;
  if (!granted) {
    count(GTHULHU_SENT_BACK);
    set_slice(task, 1);
    scx_bpf_kick_cpu(id, FLAG(scx_kick_flags, SCX_KICK_PREEMPT));
    return;
  }
  set_slice(task, granted);
  cpu->is_limited = true;
  if (!cpu->run_slice_ends_ns || gthulhu_is_before(now + granted, cpu->run_slice_ends_ns))
    cpu->run_slice_ends_ns = now + granted;
  watch_slice(id, cpu, now);
}

static __always_inline void watch_limit(__u32 limited, __u64 in_ns) {
  struct own_timer* timer = bpf_map_lookup_elem(&limit_timers, &limited);

  if (timer) bpf_timer_start(&timer->timer, in_ns, 0);
}

/* The task waits for a quota. It counts no longer among those who share CPUs, until it runs. */
static __always_inline void hold(struct task_struct* task,
                                 struct gthulhu_task* state,
                                 __u32 limited,
                                 __u64 slice_ns,
                                 __u64 flags) {
  struct gthulhu_limit* limit = limit_of(limited);
  const __u64 now = limit_now();
  struct budget budget;

  leave_group(state);
  gthulhu_end_turn(state);
  state->has_waited = true;
  state->has_slept = true;
  state->waits_ns = time_now();
  count(GTHULHU_HELD);
  if (!limit->throttled_at_ns) limit->throttled_at_ns = now;
  limit->held_ns = now;
  insert(task, LIMITED_QUEUE(limited), slice_ns, flags);
  if (__sync_lock_test_and_set(&limit->is_watched, 1)) return;
  limit->looked_ns = now;
  find_budget(limited, now, &budget);
  watch_limit(limited, gthulhu_is_before(now, budget.refill_ns) ? budget.refill_ns - now : 0);
}

/* Somebody sleeps who was let run, others may take what he leaves. */
static __always_inline void leave_budget(const struct gthulhu_task* state) {
  const __u32 limited = limited_of(state->group);

  if (limited && limit_of(limited)->is_watched && queued(LIMITED_QUEUE(limited)) &&
      has_budget(limited))
    watch_limit(limited, 0);
}

/* User space trusts the counts when it finds the same cgroup before it reads them and after. */
static __always_inline void begin_limit_counts(__u32 number, __u64 cgroup) {
  struct gthulhu_limit* limit = limit_of(number);

  __sync_lock_test_and_set(&limit->cgroup, 0);
  limit->throttled_at_ns = 0;
  limit->throttled_ns = 0;
  limit->throttled_periods = 0;
  limit->periods = 0;
  __sync_lock_test_and_set(&limit->cgroup, cgroup);
}

static __always_inline void set_limit(__u32 number,
                                      __u64 period_us,
                                      __u64 quota_us,
                                      __u64 burst_us) {
  struct gthulhu_limit* limit = limit_of(number);
  const bool had_limit = limit->quota_ns;

  if (!number || !limit->has_queue) return;
  gthulhu_set_limit(limit, period_us, quota_us, burst_us, limit_now());
  if (had_limit || limit->quota_ns) __sync_fetch_and_add(&limit_generation, 1);
  if (limit->is_watched) watch_limit(number, 0);
}
