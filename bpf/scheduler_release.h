/* SPDX-License-Identifier: GPL-2.0-only
 *
 * How those who wait for a quota get on when it has come.
 */
#pragma once

#include "scheduler_wake.h"

/* Among so many of those who stay held back is looked for who was killed meanwhile: mostly all of a
 * pod are. */
#define KILLED_LOOKED_FOR_MOST 64

/* Where one who is let go waits: not with all others on the CPU that had a moment for them when the
 * budget was used up. */
static __always_inline __s32 less_busy(struct task_struct* task, __u32 distance) {
  const __s32 own = scx_bpf_task_cpu(task);
  const __u32 other = other_cpu(own, distance % shared.cpu_count);
  const struct gthulhu_cpu* cpu = cpu_of(other);

  /* One that has never run anything may not be there at all. */
  if (!cpu || cpu->is_offline || !cpu->run_at_ns || !bpf_cpumask_test_cpu(other, task->cpus_ptr))
    return own;
  return waiting_on(other) < waiting_on(own) ? other : own;
}

/* Makes a task that was held back wait for a CPU. */
static __always_inline void release(struct bpf_iter_scx_dsq* iterator,
                                    struct task_struct* task,
                                    __u32 distance,
                                    __u64 grant_ns) {
  const __s32 id = less_busy(task, distance);
  struct gthulhu_task* state = task_of(task);
  struct gthulhu_cpu* cpu = cpu_of(id);
  bool preempts;
  __s32 idle;

  if (!state || !cpu) return;
  state->grant_ns = grant_ns;
  /* Where something runs he waits for that at most since it began. */
  if (gthulhu_is_before(state->waits_ns, cpu->run_at_ns)) state->waits_ns = cpu->run_at_ns;
  if (cpu->is_offline) {
    scx_bpf_dsq_move(iterator, task, FLAG(scx_dsq_id_flags, SCX_DSQ_GLOBAL), 0);
    return;
  }
  place(state, id, cpu);
  scx_bpf_dsq_move_set_vtime(iterator, state->vtime);
  scx_bpf_dsq_move_vtime(iterator, task, queue_of(state, id), 0);
  note_waiting(state, cpu);
  /* The task's CPU may be about to be idle, and is not among those then. */
  idle = scx_bpf_pick_idle_cpu(task->cpus_ptr, 0);
  preempts = idle < 0 && state->policy.priority > 0 && cpu->run_kind != GTHULHU_RUNS_GUARDED;
  scx_bpf_kick_cpu(idle < 0 ? id : idle, preempts ? FLAG(scx_kick_flags, SCX_KICK_PREEMPT)
                                                  : FLAG(scx_kick_flags, SCX_KICK_IDLE));
}

/* So many `may_go`; of those after them, those who are being killed. */
static __noinline int release_some(__u32 limited, __u64 may_go, __u64 grant_ns) {
  struct bpf_iter_scx_dsq iterator;
  __u32 i;

  /* Before 6.17 the verifier does not know that timers are readers. */
  bpf_rcu_read_lock();
  bpf_iter_scx_dsq_new(&iterator, LIMITED_QUEUE(limited), 0);
  bpf_for(i, 0, may_go + KILLED_LOOKED_FOR_MOST) {
    struct task_struct* task = bpf_iter_scx_dsq_next(&iterator);

    if (!task) break;
    if (i < may_go || is_killed(task)) release(&iterator, task, i, grant_ns);
  }
  bpf_iter_scx_dsq_destroy(&iterator);
  bpf_rcu_read_unlock();
  return 0;
}

static int quota_comes(void* map, __u32* key, struct own_timer* timer) {
  const __u32 limited = *key;
  struct gthulhu_limit* limit = limit_of(limited);
  const __u64 now = limit_now();
  const __u64 waiting = queued(LIMITED_QUEUE(limited));
  struct budget budget;
  __u64 next_ns;

  find_budget(limited, now, &budget);
  next_ns = gthulhu_is_before(now, budget.refill_ns) ? budget.refill_ns - now : GTHULHU_MS;
  if (waiting) {
    const __u64 released =
        gthulhu_released(limit, waiting, budget.left_ns, now, SETTINGS->slice_ns);

    gthulhu_count_held(limit, now, true, waiting > released);
    release_some(limited, released,
                 gthulhu_grant_of_each(budget.left_ns, released, SETTINGS->slice_ns));
  } else {
    gthulhu_count_held(limit, now, false, false);
    if ((__s64)(now - limit->held_ns) > (__s64)LIMIT_WATCHED_NS) {
      limit->is_watched = 0;
      return 0;
    }
  }
  bpf_timer_start(&timer->timer, next_ns, 0);
  return 0;
}

/* A queue and a timer for those who are held back, which stay for the next that has the number. */
static __always_inline __s32 init_limit(__u32 number) {
  struct own_timer* timer = bpf_map_lookup_elem(&limit_timers, &number);
  struct gthulhu_limit* limit = limit_of(number);
  __s32 error;

  if (!timer || !number || limit->has_queue) return 0;
  error = scx_bpf_create_dsq(LIMITED_QUEUE(number), -1);
  if (!error) error = prepare_timer(&limit_timers, timer, quota_comes);
  if (!error) limit->has_queue = 1;
  return error;
}
