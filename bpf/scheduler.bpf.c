/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Our sched_ext policy. Every CPU has three queues, of tasks above 0, of ordinary ones, and of
 * those of -20, each in the order of virtual time (policy.h); tasks change CPUs when one is idle,
 * when a stronger one finds a weaker one running, or when a CPU has fallen behind another.
 *
 * What is kept of a CPU changes only under its run queue's lock, except where a word says
 * otherwise.
 */
#include "scheduler_lease.h"
#include "scheduler_pick.h"
#include "scheduler_release.h"
#include "scheduler_reports.h"
#include "scheduler_unannounced.h"

/* Of tests only: tests/real/forgetful_scheduler.bpf.c includes this file. */
#ifndef FORGETS
#define FORGETS(task) false
#endif

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/gthulhu_select_cpu")
__s32 BPF_PROG(gthulhu_select_cpu, struct task_struct* task, __s32 previous, __u64 flags) {
  struct gthulhu_task* state = task_of(task);
  bool is_idle = false;
  __s32 id;

  if (state) refresh_rule(task, state);
  /* Who asks for an idle CPU and does not use it hides it from all others. */
  if (state && !has_budget(limits_of(task, state))) return previous;
  id = scx_bpf_select_cpu_dfl(task, previous, flags, &is_idle);
  if (!state) return id;
  if (is_idle) {
    refresh_share(task, state);
    count(GTHULHU_TO_IDLE_CPU);
    insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), slice_of(state), 0);
    return id;
  }
  if (state->policy.priority > 0) return find_weaker(task, state, id);
  return flags & FLAG(scx_wake_flags, SCX_WAKE_SYNC) ? beside_waker(task, id) : id;
}

SEC("struct_ops/gthulhu_enqueue")
void BPF_PROG(gthulhu_enqueue, struct task_struct* task, __u64 flags) {
  const bool is_woken = flags & FLAG(scx_enq_flags, SCX_ENQ_WAKEUP);
  const __s32 id = scx_bpf_task_cpu(task);
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = task_of(task);
  const __u64 now = time_now();
  bool must_look = false;
  __u32 limited;

  if (!state || !cpu) {
    count(GTHULHU_WITHOUT_STATE);
    insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), SETTINGS->slice_ns, flags);
    return;
  }
  if (FORGETS(task)) return;
  refresh(task, state);
  place(state, id, cpu);
  state->is_out_of_order = false;
  if (is_woken && is_of_kernel(task)) {
    admit_of_kernel(task, state, cpu, flags);
    return;
  }
  limited = limits_of(task, state);
  if (!has_budget(limited)) {
    hold(task, state, limited, slice_of(state), flags);
    return;
  }
  /* A quota came between dispatch(), which did not let it go on, and this. */
  if (flags & FLAG(scx_enq_flags, SCX_ENQ_LAST)) {
    insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), slice_of(state), flags);
    return;
  }
  if ((is_woken || cpu->run_kind == GTHULHU_RUNS_IDLE) &&
      preempt(task, state, id, cpu, &must_look, now, flags))
    return;
  enqueue_in_order(task, state, id, cpu, is_woken, now, flags);
  if (state->policy.slice_ns) await_slice(cpu, state->policy.slice_ns, now);
  if (cpu->run_slice_ends_ns) watch_slice(id, cpu, now);
  if (must_look) {
    cpu->run_slice_ends_ns = 0;
    scx_bpf_kick_cpu(id, FLAG(scx_kick_flags, SCX_KICK_PREEMPT));
  }
  if (!is_woken) {
    /* Nobody has looked for an idle CPU. */
    const __s32 idle = scx_bpf_pick_idle_cpu(task->cpus_ptr, 0);

    if (idle >= 0) scx_bpf_kick_cpu(idle, FLAG(scx_kick_flags, SCX_KICK_IDLE));
  }
}

SEC("struct_ops/gthulhu_dispatch")
void BPF_PROG(gthulhu_dispatch, __s32 id, struct task_struct* previous) {
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = NULL;
  enum choice choice;
  __u64 now, left;

  if (!cpu) return;
  if (previous && (previous->scx.flags & FLAG(scx_ent_flags, SCX_TASK_QUEUED)))
    state = task_of(previous);
  now = time_now();
  /* Mostly somebody went to sleep and others wait: the way must be short. */
  if (!state && !cpu->boosted_waits && !cpu->idle_waits &&
      !gthulhu_must_look(cpu->overdue_look_ns, now) && take_first(ORDINARY_QUEUE(id)))
    return;
  if (state) {
    charge(previous, state, cpu, now);
    gthulhu_end_turn(state);
    if (!has_budget(limits_of(previous, state))) state = NULL;
  }
  if (help_starving(id, cpu, state, now)) return;
  if (state) {
    left = gthulhu_slice_left(state->policy.slice_ns, cpu->run_slice_ends_ns, now, SETTINGS);
    if (left) {
      left = gthulhu_stretch(left, SETTINGS);
      set_slice(previous, left);
      bound_run(previous, state, id, cpu, left, now);
      return;
    }
  }
  /* First from a CPU that is behind; before those above 0 only when they would go on anyway. */
  if (!cpu->boosted_waits && !(state && state->policy.priority > 0) && pull(id, true, now)) return;
  choice = choose(id, cpu, state);
  if (choice == CHOICE_TAKEN) return;
  if (pull(id, choice == CHOICE_PREVIOUS, now)) return;
  if (choice == CHOICE_NONE && cpu->idle_waits) {
    if (take_first(IDLE_QUEUE(id))) return;
    cpu->idle_waits = false;
  }
  if (!state) {
    if (choice == CHOICE_NONE) pull_idle_class(id);
    return;
  }
  refresh(previous, state);
  state->is_out_of_order = false;
  set_slice(previous, slice_of(state));
  begin_run(id, cpu, state, gthulhu_kind(state->policy.priority), state->policy.slice_ns, now);
  bound_run(previous, state, id, cpu, slice_of(state), now);
  count(GTHULHU_KEPT);
}

SEC("struct_ops/gthulhu_running")
void BPF_PROG(gthulhu_running, struct task_struct* task) {
  const __s32 id = scx_bpf_task_cpu(task);
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = task_of(task);
  enum gthulhu_run_kind kind;
  const __u64 now = time_now();
  bool is_owed = false;
  __u64 exact_ns;

  if (!state || !cpu) return;
  /* Not by the timer that let it go on: whoever dequeues it meanwhile may count it as well. */
  if (!state->weight) enter_group(task, state);
  place(state, id, cpu);
  state->ran_ns = task->se.sum_exec_runtime;
  kind = is_of_kernel(task) ? GTHULHU_RUNS_KERNEL : gthulhu_kind(state->policy.priority);
  exact_ns = state->policy.slice_ns;
  if (kind == GTHULHU_RUNS_ORDINARY) {
    if (state->has_waited)
      is_owed = gthulhu_is_starved(cpu->ordinary_since_ns, now, SETTINGS->starve_ns, 1,
                                   GTHULHU_WATCHDOG_NS);
    else if (!scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id)))
      cpu->ordinary_since_ns = now;
  }
  state->has_waited = false;
  if (cpu->is_guard_due || is_owed) {
    cpu->is_guard_due = false;
    state->is_out_of_order = true;
    exact_ns = kind == GTHULHU_RUNS_ORDINARY ? gthulhu_turn(cpu->ordinary_since_ns, now,
                                                            SETTINGS->starve_ns, SETTINGS->guard_ns)
                                             : SETTINGS->guard_ns;
    kind = GTHULHU_RUNS_GUARDED;
    set_slice(task, exact_ns);
  }
  begin_run(id, cpu, state, kind, exact_ns, now);
  bound_run(task, state, id, cpu, kind == GTHULHU_RUNS_GUARDED ? exact_ns : slice_of(state), now);
}

SEC("struct_ops/gthulhu_stopping")
void BPF_PROG(gthulhu_stopping, struct task_struct* task, bool is_runnable) {
  struct gthulhu_cpu* cpu = cpu_of(scx_bpf_task_cpu(task));
  struct gthulhu_task* state = task_of(task);
  __u64 now;

  if (!state || !cpu) return;
  now = time_now();
  charge(task, state, cpu, now);
  learn_lateness(cpu, now);
  cpu->run_kind = GTHULHU_RUNS_NONE;
  cpu->run_slice_ends_ns = 0;
  if (is_runnable) return;
  leave_budget(state);
  leave_group(state);
  state->has_slept = true;
  gthulhu_end_burst(state);
}

/* A stronger class takes the CPU: what was to run here next may be taken by others. */
SEC("struct_ops/gthulhu_cpu_release")
void BPF_PROG(gthulhu_cpu_release, __s32 id, struct scx_cpu_release_args* arguments) {
  scx_bpf_reenqueue_local();
}

SEC("struct_ops.s/gthulhu_init_task")
__s32 BPF_PROG(gthulhu_init_task, struct task_struct* task, struct scx_init_task_args* arguments) {
  struct gthulhu_task* state =
      bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

  if (!state) return -12; /* ENOMEM */
  state->cpu = -1;
  state->share = GTHULHU_SHARE_ONE;
  return 0;
}

SEC("struct_ops/gthulhu_enable")
void BPF_PROG(gthulhu_enable, struct task_struct* task) {
  const __s32 id = scx_bpf_task_cpu(task);
  const struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = task_of(task);

  if (!state || !cpu) return;
  state->cpu = id;
  state->vtime = cpu->clock;
  state->ran_ns = task->se.sum_exec_runtime;
}

/* It is no task of ours any more. */
SEC("struct_ops/gthulhu_disable")
void BPF_PROG(gthulhu_disable, struct task_struct* task) {
  struct gthulhu_task* state = task_of(task);

  if (state) leave_group(state);
}

SEC("struct_ops.s/gthulhu_cgroup_init")
__s32 BPF_PROG(gthulhu_cgroup_init, struct cgroup* cgroup, struct scx_cgroup_init_args* arguments) {
  __s32 error = add_group(cgroup, arguments->weight);
  const __u32 number = find_group(cgroup);

  if (error || !number) return error;
  error = init_limit(number);
  if (error) return error;
  begin_limit_counts(number, cgroup->kn->id);
  if (bpf_core_field_exists(arguments->bw_quota_us))
    set_limit(number, arguments->bw_period_us, arguments->bw_quota_us, arguments->bw_burst_us);
  /* What was there before us. */
  look_at_group(number);
  return 0;
}

SEC("struct_ops/gthulhu_cgroup_exit")
void BPF_PROG(gthulhu_cgroup_exit, struct cgroup* cgroup) {
  unbind(cgroup);
  set_limit(find_group(cgroup), 0, GTHULHU_NO_QUOTA, 0);
  remove_group(cgroup);
}

SEC("struct_ops/gthulhu_cgroup_set_weight")
void BPF_PROG(gthulhu_cgroup_set_weight, struct cgroup* cgroup, __u32 weight) {
  set_group_weight(cgroup, weight);
}

SEC("struct_ops/gthulhu_cgroup_set_bandwidth")
void BPF_PROG(gthulhu_cgroup_set_bandwidth,
              struct cgroup* cgroup,
              __u64 period_us,
              __u64 quota_us,
              __u64 burst_us) {
  set_limit(find_group(cgroup), period_us, quota_us, burst_us);
}

SEC("struct_ops/gthulhu_cgroup_move")
void BPF_PROG(gthulhu_cgroup_move,
              struct task_struct* task,
              struct cgroup* from,
              struct cgroup* to) {
  forget_rule(task);
}

SEC("tp_btf/task_rename")
int BPF_PROG(task_is_renamed, struct task_struct* task, const char* name) {
  forget_rule_of_name(task);
  return 0;
}

/* The name has changed by now, which above it is about to. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(task_is_executed, struct task_struct* task) {
  forget_rule(task);
  return 0;
}

SEC("struct_ops/gthulhu_cpu_online")
void BPF_PROG(gthulhu_cpu_online, __s32 id) {
  struct gthulhu_cpu* cpu = cpu_of(id);

  if (cpu) cpu->is_offline = false;
}

/* A CPU that goes asks us for tasks no longer, but goes only when it has none left, and to some of
 * them it is the only one: the kernel's own queue it still looks at. */
SEC("struct_ops/gthulhu_cpu_offline")
void BPF_PROG(gthulhu_cpu_offline, __s32 id) {
  struct gthulhu_cpu* cpu = cpu_of(id);

  if (cpu) cpu->is_offline = true;
  hand_over(BOOSTED_QUEUE(id));
  hand_over(ORDINARY_QUEUE(id));
  hand_over(IDLE_QUEUE(id));
}

/* Who is enqueued as the last one on a CPU (SCX_ENQ_LAST) comes to the kernel's queue when it is
 * decided already that the CPU is idle, and nobody looks there again. On a CPU that goes the kernel
 * puts him there without asking us. */
SEC("struct_ops/gthulhu_update_idle")
void BPF_PROG(gthulhu_update_idle, __s32 id, bool is_idle) {
  if (is_idle && queued(FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL_ON) | (__u32)id))
    scx_bpf_kick_cpu(id, 0);
}

SEC("struct_ops.s/gthulhu_init")
__s32 BPF_PROG(gthulhu_init) {
  const __u32 count = scx_bpf_nr_cpu_ids();
  __s32 error;
  __u32 id;

  if (count > GTHULHU_CPUS_MOST) return -7; /* E2BIG */
  shared.cpu_count = count;
  bpf_for(id, 0, count) {
    error = scx_bpf_create_dsq(BOOSTED_QUEUE(id), -1);
    if (!error) error = scx_bpf_create_dsq(ORDINARY_QUEUE(id), -1);
    if (!error) error = scx_bpf_create_dsq(IDLE_QUEUE(id), -1);
    if (!error) error = init_slice_timer(id);
    if (error) return error;
  }
  error = init_groups();
  if (!error) error = watch_unannounced();
  return error ? error : watch_lease();
}

SEC(".struct_ops.link")
struct sched_ext_ops gthulhu = {
    .select_cpu = (void*)gthulhu_select_cpu,
    .enqueue = (void*)gthulhu_enqueue,
    .dispatch = (void*)gthulhu_dispatch,
    .running = (void*)gthulhu_running,
    .stopping = (void*)gthulhu_stopping,
    .cpu_release = (void*)gthulhu_cpu_release,
    .init_task = (void*)gthulhu_init_task,
    .enable = (void*)gthulhu_enable,
    .disable = (void*)gthulhu_disable,
    .cgroup_init = (void*)gthulhu_cgroup_init,
    .cgroup_exit = (void*)gthulhu_cgroup_exit,
    .cgroup_set_weight = (void*)gthulhu_cgroup_set_weight,
    .cgroup_set_bandwidth = (void*)gthulhu_cgroup_set_bandwidth,
    .cgroup_move = (void*)gthulhu_cgroup_move,
    .dump_cpu = (void*)gthulhu_dump_cpu,
    .cpu_online = (void*)gthulhu_cpu_online,
    .cpu_offline = (void*)gthulhu_cpu_offline,
    .update_idle = (void*)gthulhu_update_idle,
    .init = (void*)gthulhu_init,
    .exit = (void*)gthulhu_exit,
    .flags = SCX_OPS_KEEP_BUILTIN_IDLE | SCX_OPS_ENQ_LAST | SCX_OPS_ENQ_EXITING |
             SCX_OPS_ENQ_MIGRATION_DISABLED,
    .timeout_ms = GTHULHU_WATCHDOG_NS / GTHULHU_MS,
    .name = "gthulhu",
};
