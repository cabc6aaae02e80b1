/* SPDX-License-Identifier: GPL-2.0-only
 *
 * A task on its way through the scheduler: what it gets, where it stands, when it runs.
 */
#pragma once

#include "scheduler_limits.h"
#include "scheduler_rules.h"

static __always_inline bool is_idle_class(const struct gthulhu_task* state) {
  return state->policy.priority == GTHULHU_PRIORITY_IDLE;
}

/* Threads of the kernel that do a CPU's work. */
static __always_inline bool is_of_kernel(const struct task_struct* task) {
  return (task->flags & PF_KTHREAD) && task->nr_cpus_allowed == 1;
}

/* Brings up to date which rule the task has. */
static __always_inline void refresh_rule(struct task_struct* task, struct gthulhu_task* state) {
  const __u32 now = *(volatile __u32*)&shared.generation;

  if (state->generation != now) {
    const __u32 group = find_group(task->sched_task_group->css.cgroup);

    state->generation = now;
    resolve(task, &state->policy);
    if (state->group != group) {
      leave_group(state);
      state->group = group;
    }
  } else if (state->policy.expires_ns && has_ended(&state->policy, bpf_ktime_get_boot_ns())) {
    resolve(task, &state->policy);
  }
}

/* Brings up to date what is due to the task, which is runnable. */
static __always_inline void refresh_share(struct task_struct* task, struct gthulhu_task* state) {
  enter_group(task, state);
  state->share = task_share(task, state);
}

static __always_inline void refresh(struct task_struct* task, struct gthulhu_task* state) {
  refresh_rule(task, state);
  refresh_share(task, state);
}

/* Takes the task's virtual time to the clock of the CPU. */
static __always_inline void place(struct gthulhu_task* state, __s32 id, struct gthulhu_cpu* cpu) {
  __u64 waiting = 1;

  if (state->cpu != id) {
    const struct gthulhu_cpu* before = cpu_of(state->cpu);

    if (before) gthulhu_carry(state, before, cpu, SETTINGS);
    state->cpu = id;
  }
  if (gthulhu_is_far_ahead(state->vtime, cpu->clock, SETTINGS)) waiting = waiting_on(id);
  state->vtime = gthulhu_placed(state->vtime, cpu->clock, state->share, state->policy.priority,
                                state->has_slept, waiting, SETTINGS);
  state->has_slept = false;
}

/* For what it has run on the CPU since the last time. */
static __always_inline void charge(struct task_struct* task,
                                   struct gthulhu_task* state,
                                   struct gthulhu_cpu* cpu,
                                   __u64 now) {
  const __u64 ran_ns = task->se.sum_exec_runtime - state->ran_ns;

  gthulhu_advance(state, ran_ns);
  settle_budget(state, ran_ns);
  if (is_idle_class(state))
    cpu->idle_since_ns = gthulhu_made_good(cpu->idle_since_ns, now, ran_ns,
                                           SETTINGS->idle_starve_ns, SETTINGS->guard_ns);
  else if (state->policy.priority <= 0 && !(task->flags & PF_KTHREAD))
    cpu->ordinary_since_ns = gthulhu_made_good(cpu->ordinary_since_ns, now, ran_ns,
                                               SETTINGS->starve_ns, SETTINGS->guard_ns);
}

/* For the kernel, which then asks who is next. */
static __always_inline __u64 slice_of(const struct gthulhu_task* state) {
  return gthulhu_stretch(gthulhu_slice(&state->policy, SETTINGS), SETTINGS);
}

/* `slice_ns`: of its rule, or of a turn that has to be exact; 0: it ends with the tick. */
static __always_inline void begin_run(__s32 id,
                                      struct gthulhu_cpu* cpu,
                                      struct gthulhu_task* state,
                                      enum gthulhu_run_kind kind,
                                      __u64 slice_ns,
                                      __u64 now) {
  __u64 exact_ns = slice_ns;

  learn_lateness(cpu, now);
  gthulhu_note_run(cpu, state, kind, now);
  if (now >= cpu->waiting_until_ns) cpu->waiting_slice_ns = 0;
  if (slice_ns && cpu->waiting_slice_ns >= slice_ns)
    cpu->waiting_slice_ns = 0; /* it no longer waits */
  else if (kind != GTHULHU_RUNS_GUARDED)
    exact_ns = gthulhu_exact_slice(slice_ns, cpu->waiting_slice_ns);
  cpu->run_slice_ends_ns = exact_ns ? now + exact_ns : 0;
  if (exact_ns && has_waiting(cpu)) watch_slice(id, cpu, now);
  gthulhu_begin_turn(state);
  cpu->clock = gthulhu_clock(cpu->clock, state->turn_vtime, kind, state->is_out_of_order);
}
