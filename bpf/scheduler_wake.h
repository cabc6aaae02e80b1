/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Where a task goes that wants a CPU.
 */
#pragma once

#include "scheduler_tasks.h"

/* On one look for work elsewhere so many CPUs are asked. */
#define PEERS_MOST 64

/* The one that comes `distance` after a CPU; after the last comes the first. */
static __always_inline __u32 other_cpu(__s32 id, __u32 distance) {
  const __u32 at = (__u32)id + distance;

  if (distance >= shared.cpu_count) return GTHULHU_CPUS_MOST;
  return at < shared.cpu_count ? at : at - shared.cpu_count;
}

/* A CPU on which something weaker runs than a task that has a share left; `id` if there is none. */
static __always_inline __s32 find_weaker(struct task_struct* task,
                                         struct gthulhu_task* state,
                                         __s32 id) {
  const struct gthulhu_cpu* own = cpu_of(state->cpu);
  const __u64 now = time_now();
  __u64 ahead;
  __u32 i;

  if (!own) return id;
  ahead = state->vtime - own->clock;
  bpf_for(i, 0, PEERS_MOST) {
    const __u32 at = other_cpu(id, i);
    const struct gthulhu_cpu* cpu = cpu_of(at);
    struct gthulhu_running running;

    if (!cpu) break;
    if (!bpf_cpumask_test_cpu(at, task->cpus_ptr)) continue;
    running = gthulhu_running_at(cpu, now);
    if (gthulhu_preempts(state->policy.priority, cpu->clock + ahead, cpu->clock, 0, &running,
                         SETTINGS))
      return at;
  }
  return id;
}

/* Who wakes somebody and is about to sleep: on the same CPU the two need not ask another one, whose
 * run queue both would have to lock; unless more wait here. */
static __always_inline __s32 beside_waker(struct task_struct* task, __s32 id) {
  const __s32 here = bpf_get_smp_processor_id();

  if (here == id || !bpf_cpumask_test_cpu(here, task->cpus_ptr)) return id;
  return scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(here)) <= scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id))
             ? here
             : id;
}

/* In which it waits for a CPU. */
static __always_inline __u64 queue_of(const struct gthulhu_task* state, __s32 id) {
  if (is_idle_class(state)) return IDLE_QUEUE(id);
  return state->policy.priority > 0 ? BOOSTED_QUEUE(id) : ORDINARY_QUEUE(id);
}

/* That it does: the CPU looks there from now on. */
static __always_inline void note_waiting(const struct gthulhu_task* state,
                                         struct gthulhu_cpu* cpu) {
  if (is_idle_class(state))
    cpu->idle_waits = true;
  else if (state->policy.priority > 0)
    cpu->boosted_waits = true;
  else
    cpu->ordinary_waits = true;
}

static __always_inline void enqueue_in_order(struct task_struct* task,
                                             struct gthulhu_task* state,
                                             __s32 id,
                                             struct gthulhu_cpu* cpu,
                                             bool is_woken,
                                             __u64 now,
                                             __u64 flags) {
  gthulhu_interrupt_turn(state, slice_of(state), SETTINGS);
  state->has_waited = true;
  state->waits_ns = now;
  if (is_idle_class(state)) {
    if (!cpu->idle_waits) cpu->idle_since_ns = now;
    count(GTHULHU_TO_IDLE_CLASS);
  } else if (state->policy.priority > 0) {
    count(GTHULHU_TO_BOOSTED);
  } else {
    if (gthulhu_begins_to_starve(cpu->run_kind, is_woken) &&
        !scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id)))
      cpu->ordinary_since_ns = now;
    count(GTHULHU_TO_ORDINARY);
  }
  note_waiting(state, cpu);
  insert_by_vtime(task, queue_of(state, id), slice_of(state), gthulhu_start_tag(state), flags);
}

/* Puts a woken task on the CPU, whatever waits there. False: it has to wait. */
static __always_inline bool preempt(struct task_struct* task,
                                    struct gthulhu_task* state,
                                    __s32 id,
                                    struct gthulhu_cpu* cpu,
                                    bool* must_look,
                                    __u64 now,
                                    __u64 flags) {
  const struct gthulhu_running running = gthulhu_running_at(cpu, now);
  __u64 slice = slice_of(state);

  *must_look = false;
  if (is_idle_class(state) || !gthulhu_preempts(state->policy.priority, state->vtime, cpu->clock,
                                                state->awake_ns, &running, SETTINGS))
    return false;
  *must_look = gthulhu_must_look_first(cpu, now, SETTINGS);
  if (*must_look) return false;
  state->is_out_of_order = true;
  gthulhu_note_run(cpu, state, gthulhu_kind(state->policy.priority), now);
  count(GTHULHU_TO_PREEMPT);
  /* Who was chosen before and has not run yet waits here, where no other CPU can take it over. */
  if (slice > SETTINGS->guard_ns && queued(FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL_ON) | (__u32)id))
    slice = SETTINGS->guard_ns;
  insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), slice,
         flags | FLAG(scx_enq_flags, SCX_ENQ_PREEMPT));
  return true;
}

/* The same for a thread of the kernel, which comes first. */
static __always_inline void admit_of_kernel(struct task_struct* task,
                                            struct gthulhu_task* state,
                                            const struct gthulhu_cpu* cpu,
                                            __u64 flags) {
  const bool preempts =
      cpu->run_kind != GTHULHU_RUNS_KERNEL && cpu->run_kind != GTHULHU_RUNS_GUARDED;

  state->is_out_of_order = true;
  count(GTHULHU_TO_KERNEL_FIRST);
  insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), slice_of(state),
         flags | (preempts ? FLAG(scx_enq_flags, SCX_ENQ_PREEMPT) : 0));
}
