/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Our sched_ext policy. Every CPU has three queues, of tasks above 0, of ordinary ones, and of
 * those of -20, each in the order of virtual time (policy.h); tasks change CPUs when one is idle,
 * when a stronger one finds a weaker one running, or when a CPU has fallen behind another.
 *
 * What is kept of a CPU changes only under its run queue's lock, except where a word says
 * otherwise.
 */
#include "scheduler_groups.h"
#include "scheduler_lease.h"
#include "scheduler_rules.h"
#include "scheduler_slices.h"

char LICENSE[] SEC("license") = "GPL";

/* Numbers of queues: what waits, and for which CPU. */
#define BOOSTED_QUEUE(cpu) ((1ULL << 32) | (__u32)(cpu))
#define ORDINARY_QUEUE(cpu) ((2ULL << 32) | (__u32)(cpu))
#define IDLE_QUEUE(cpu) ((3ULL << 32) | (__u32)(cpu))

/* On one look for work elsewhere so many CPUs are asked. */
#define PEERS_MOST 64

static __always_inline bool is_idle_class(const struct gthulhu_task* state) {
  return state->policy.priority == GTHULHU_PRIORITY_IDLE;
}

/* Threads of the kernel that do a CPU's work. */
static __always_inline bool is_of_kernel(const struct task_struct* task) {
  return (task->flags & PF_KTHREAD) && task->nr_cpus_allowed == 1;
}

/* Brings up to date what the task gets. It is runnable. */
static __always_inline void refresh(struct task_struct* task, struct gthulhu_task* state) {
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
  enter_group(task, state);
  state->share = task_share(task, state);
}

/* Takes the task's virtual time to the clock of the CPU. */
static __always_inline void place(struct gthulhu_task* state, __s32 id, struct gthulhu_cpu* cpu) {
  if (state->cpu != id) {
    const struct gthulhu_cpu* before = cpu_of(state->cpu);

    if (before) state->vtime += cpu->clock - before->clock;
    state->cpu = id;
  }
  state->vtime = gthulhu_placed(state->vtime, cpu->clock, state->share, state->policy.priority,
                                state->has_slept, SETTINGS);
  state->has_slept = false;
}

static __always_inline void charge(struct task_struct* task, struct gthulhu_task* state) {
  const __u64 ran_ns = task->se.sum_exec_runtime;

  state->vtime += gthulhu_virtual(ran_ns - state->ran_ns, state->share);
  state->awake_ns += ran_ns - state->ran_ns;
  state->ran_ns = ran_ns;
}

static __always_inline __u64 slice_of(const struct gthulhu_task* state) {
  return gthulhu_slice(&state->policy, SETTINGS);
}

static __always_inline enum gthulhu_run_kind kind_of(const struct task_struct* task,
                                                     const struct gthulhu_task* state) {
  if (is_idle_class(state)) return GTHULHU_RUNS_IDLE;
  return state->policy.priority > 0 ? GTHULHU_RUNS_BOOSTED : GTHULHU_RUNS_ORDINARY;
}

/* `exact_ns`: after so long it ends although there is no tick; 0: with the tick. */
static __always_inline void begin_run(__s32 id,
                                      struct gthulhu_cpu* cpu,
                                      struct gthulhu_task* state,
                                      enum gthulhu_run_kind kind,
                                      __u64 exact_ns,
                                      __u64 now) {
  learn_lateness(cpu, now);
  cpu->run_vtime = state->vtime;
  cpu->run_at_ns = now;
  cpu->run_share = state->share;
  cpu->run_priority = state->policy.priority;
  cpu->run_kind = kind;
  cpu->run_slice_ends_ns = exact_ns ? now + exact_ns : 0;
  if (exact_ns && has_waiting(cpu)) watch_slice(id, cpu, now);
  if (!state->is_out_of_order && kind != GTHULHU_RUNS_IDLE &&
      gthulhu_is_before(cpu->clock, state->vtime))
    cpu->clock = state->vtime;
}

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

SEC("struct_ops/gthulhu_select_cpu")
__s32 BPF_PROG(gthulhu_select_cpu, struct task_struct* task, __s32 previous, __u64 flags) {
  struct gthulhu_task* state = task_of(task);
  bool is_idle = false;
  __s32 id = scx_bpf_select_cpu_dfl(task, previous, flags, &is_idle);
  struct gthulhu_cpu* cpu;

  if (!state) return id;
  refresh(task, state);
  if (!is_idle) return state->policy.priority > 0 ? find_weaker(task, state, id) : id;
  cpu = cpu_of(id);
  if (cpu) count(cpu, GTHULHU_TO_IDLE_CPU);
  insert(task, FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL), slice_of(state), 0);
  return id;
}

static __always_inline void enqueue_in_order(struct task_struct* task,
                                             struct gthulhu_task* state,
                                             __s32 id,
                                             struct gthulhu_cpu* cpu,
                                             __u64 flags) {
  const __u64 slice = slice_of(state);

  if (is_idle_class(state)) {
    if (!cpu->idle_waits) cpu->idle_since_ns = time_now();
    cpu->idle_waits = true;
    count(cpu, GTHULHU_TO_IDLE_CLASS);
    insert_by_vtime(task, IDLE_QUEUE(id), slice, state->vtime, flags);
  } else if (state->policy.priority > 0) {
    cpu->boosted_waits = true;
    count(cpu, GTHULHU_TO_BOOSTED);
    insert_by_vtime(task, BOOSTED_QUEUE(id), slice, state->vtime, flags);
  } else {
    /* While an ordinary one runs, the time counts from when it leaves. */
    if (cpu->run_kind == GTHULHU_RUNS_BOOSTED && !scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id)))
      cpu->ordinary_since_ns = time_now();
    cpu->ordinary_waits = true;
    count(cpu, GTHULHU_TO_ORDINARY);
    insert_by_vtime(task, ORDINARY_QUEUE(id), slice, state->vtime, flags);
  }
}

SEC("struct_ops/gthulhu_enqueue")
void BPF_PROG(gthulhu_enqueue, struct task_struct* task, __u64 flags) {
  const __u64 local = FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL);
  const bool is_woken = flags & FLAG(scx_enq_flags, SCX_ENQ_WAKEUP);
  const __s32 id = scx_bpf_task_cpu(task);
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = task_of(task);
  bool preempts = false;

  if (!state || !cpu) {
    if (cpu) count(cpu, GTHULHU_WITHOUT_STATE);
    insert(task, local, SETTINGS->slice_ns, flags);
    return;
  }
  refresh(task, state);
  place(state, id, cpu);
  state->is_out_of_order = false;
  if (is_woken && is_of_kernel(task)) {
    state->is_out_of_order = true;
    preempts = cpu->run_kind != GTHULHU_RUNS_KERNEL && cpu->run_kind != GTHULHU_RUNS_GUARDED;
    count(cpu, GTHULHU_TO_KERNEL_FIRST);
    insert(task, local, slice_of(state),
           flags | (preempts ? FLAG(scx_enq_flags, SCX_ENQ_PREEMPT) : 0));
    return;
  }
  if ((is_woken || cpu->run_kind == GTHULHU_RUNS_IDLE) && !is_idle_class(state)) {
    const struct gthulhu_running running = gthulhu_running_at(cpu, time_now());

    preempts = gthulhu_preempts(state->policy.priority, state->vtime, cpu->clock, state->awake_ns,
                                &running, SETTINGS);
  }
  if (preempts) {
    state->is_out_of_order = true;
    count(cpu, GTHULHU_TO_PREEMPT);
    insert(task, local, slice_of(state), flags | FLAG(scx_enq_flags, SCX_ENQ_PREEMPT));
    return;
  }
  enqueue_in_order(task, state, id, cpu, flags);
  if (cpu->run_slice_ends_ns) watch_slice(id, cpu, time_now());
  if (!is_woken) {
    /* Nobody has looked for an idle CPU. */
    const __s32 idle = scx_bpf_pick_idle_cpu(task->cpus_ptr, 0);

    if (idle >= 0) scx_bpf_kick_cpu(idle, FLAG(scx_kick_flags, SCX_KICK_IDLE));
  }
}

/* The first of a queue whose turn it is whatever else waits. */
static __always_inline bool take_starved(struct gthulhu_cpu* cpu, __u64 queue) {
  if (!take_first(queue)) return false;
  cpu->is_guard_due = true;
  count(cpu, GTHULHU_GUARD_TURNS);
  return true;
}

static __always_inline struct gthulhu_candidate first_of(__u64 queue,
                                                         __u64 clock,
                                                         bool is_boosted) {
  struct gthulhu_candidate first = {};

  first.exists = first_in(queue, &first.vtime);
  first.is_within_share = is_boosted && !gthulhu_is_before(clock, first.vtime);
  return first;
}

/* Whether those who starve get the CPU. */
static __always_inline bool help_starving(__s32 id,
                                          struct gthulhu_cpu* cpu,
                                          const struct gthulhu_task* previous,
                                          __u64 now) {
  const bool is_boosted = previous && previous->policy.priority > 0;
  const bool is_idle = previous && is_idle_class(previous);

  if ((is_boosted || cpu->boosted_waits) && cpu->ordinary_waits) {
    const __u64 waiting = scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id));

    if (waiting &&
        now - cpu->ordinary_since_ns >= gthulhu_starve(SETTINGS->starve_ns, waiting, WATCHDOG_NS) &&
        take_starved(cpu, ORDINARY_QUEUE(id)))
      return true;
  }
  if (cpu->idle_waits && !is_idle) {
    const __u64 waiting = scx_bpf_dsq_nr_queued(IDLE_QUEUE(id));

    if (waiting &&
        now - cpu->idle_since_ns >=
            gthulhu_starve(SETTINGS->idle_starve_ns, waiting, WATCHDOG_NS) &&
        take_starved(cpu, IDLE_QUEUE(id)))
      return true;
  }
  return false;
}

/* What is more due of what waits here and `previous`, which would go on. */
enum choice { CHOICE_TAKEN, CHOICE_PREVIOUS, CHOICE_NONE };

static __always_inline enum choice choose(__s32 id,
                                          struct gthulhu_cpu* cpu,
                                          const struct gthulhu_task* previous) {
  struct gthulhu_candidate going_on = {}, boosted = {}, ordinary = {};

  if (previous && !is_idle_class(previous)) {
    going_on.exists = true;
    going_on.vtime = previous->vtime;
    going_on.is_within_share =
        previous->policy.priority > 0 && !gthulhu_is_before(cpu->clock, previous->vtime);
  }
  if (cpu->boosted_waits) {
    boosted = first_of(BOOSTED_QUEUE(id), cpu->clock, true);
    if (!boosted.exists) cpu->boosted_waits = false;
  }
  if (going_on.exists || boosted.exists) ordinary = first_of(ORDINARY_QUEUE(id), cpu->clock, false);
  if (boosted.exists && gthulhu_goes_before(boosted, going_on) &&
      !gthulhu_goes_before(ordinary, boosted) && take_first(BOOSTED_QUEUE(id)))
    return CHOICE_TAKEN;
  if (going_on.exists && !gthulhu_goes_before(ordinary, going_on)) return CHOICE_PREVIOUS;
  if (take_first(ORDINARY_QUEUE(id))) return CHOICE_TAKEN;
  cpu->ordinary_waits = false;
  return going_on.exists ? CHOICE_PREVIOUS : CHOICE_NONE;
}

/* From the queues of another CPU. A busy CPU takes something over only from one that is behind. */
static __always_inline bool pull(__s32 id, struct gthulhu_cpu* cpu, bool is_busy, __u64 now) {
  const __s64 most = 2 * SETTINGS->balance_ns;
  __u32 i;

  if (is_busy && now - cpu->looked_ns < SETTINGS->balance_ns / 4) return false;
  cpu->looked_ns = now;
  bpf_for(i, 1, PEERS_MOST) {
    const __u32 at = other_cpu(id, i);
    struct gthulhu_cpu* peer = cpu_of(at);
    __s64 lead;

    if (!peer) break;
    if (!peer->ordinary_waits && !peer->boosted_waits) continue;
    if (is_busy) {
      lead = cpu->clock + cpu->clock_offset - peer->clock - peer->clock_offset;
      if (lead < (__s64)SETTINGS->balance_ns) continue;
      /* What cannot be put right, as where tasks are bound to CPUs, is not remembered. */
      if (lead > most) cpu->clock_offset -= lead - most;
      if (scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(at)) + scx_bpf_dsq_nr_queued(BOOSTED_QUEUE(at)) <=
          scx_bpf_dsq_nr_queued(ORDINARY_QUEUE(id)) + scx_bpf_dsq_nr_queued(BOOSTED_QUEUE(id)))
        continue;
    }
    if ((peer->boosted_waits && take_first(BOOSTED_QUEUE(at))) || take_first(ORDINARY_QUEUE(at))) {
      count(cpu, GTHULHU_PULLED);
      return true;
    }
  }
  return false;
}

SEC("struct_ops/gthulhu_dispatch")
void BPF_PROG(gthulhu_dispatch, __s32 id, struct task_struct* previous) {
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = NULL;
  enum choice choice;
  __u64 now;

  if (!cpu) return;
  if (previous && (previous->scx.flags & FLAG(scx_ent_flags, SCX_TASK_QUEUED)))
    state = task_of(previous);
  /* Mostly somebody went to sleep and others wait: the way must be short. */
  if (!state && !cpu->boosted_waits && !cpu->idle_waits && take_first(ORDINARY_QUEUE(id))) return;

  now = time_now();
  if (state) charge(previous, state);
  if (help_starving(id, cpu, state, now)) return;
  choice = choose(id, cpu, state);
  if (choice == CHOICE_TAKEN) return;
  if (pull(id, cpu, choice == CHOICE_PREVIOUS, now)) return;
  if (choice == CHOICE_NONE && cpu->idle_waits) {
    if (take_first(IDLE_QUEUE(id))) return;
    cpu->idle_waits = false;
  }
  if (!state) return;
  refresh(previous, state);
  state->is_out_of_order = false;
  set_slice(previous, slice_of(state));
  begin_run(id, cpu, state, kind_of(previous, state), state->policy.slice_ns, now);
  count(cpu, GTHULHU_KEPT);
}

SEC("struct_ops/gthulhu_running")
void BPF_PROG(gthulhu_running, struct task_struct* task) {
  const __s32 id = scx_bpf_task_cpu(task);
  struct gthulhu_cpu* cpu = cpu_of(id);
  struct gthulhu_task* state = task_of(task);
  enum gthulhu_run_kind kind;
  __u64 exact_ns;

  if (!state || !cpu) return;
  place(state, id, cpu);
  state->ran_ns = task->se.sum_exec_runtime;
  kind = is_of_kernel(task) ? GTHULHU_RUNS_KERNEL : kind_of(task, state);
  exact_ns = state->policy.slice_ns;
  if (cpu->is_guard_due) {
    cpu->is_guard_due = false;
    state->is_out_of_order = true;
    kind = GTHULHU_RUNS_GUARDED;
    exact_ns = SETTINGS->guard_ns;
    set_slice(task, SETTINGS->guard_ns);
  }
  begin_run(id, cpu, state, kind, exact_ns, time_now());
}

SEC("struct_ops/gthulhu_stopping")
void BPF_PROG(gthulhu_stopping, struct task_struct* task, bool is_runnable) {
  struct gthulhu_cpu* cpu = cpu_of(scx_bpf_task_cpu(task));
  struct gthulhu_task* state = task_of(task);
  __u64 now;

  if (!state || !cpu) return;
  now = time_now();
  charge(task, state);
  learn_lateness(cpu, now);
  if (is_idle_class(state))
    cpu->idle_since_ns = now;
  else if (state->policy.priority <= 0)
    cpu->ordinary_since_ns = now;
  cpu->run_kind = GTHULHU_RUNS_NONE;
  cpu->run_slice_ends_ns = 0;
  if (is_runnable) return;
  leave_group(state);
  state->has_slept = true;
  state->awake_ns = 0;
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
  bind_pod(cgroup);
  return add_group(cgroup, arguments->weight);
}

SEC("struct_ops/gthulhu_cgroup_exit")
void BPF_PROG(gthulhu_cgroup_exit, struct cgroup* cgroup) {
  remove_group(cgroup);
}

SEC("struct_ops/gthulhu_cgroup_set_weight")
void BPF_PROG(gthulhu_cgroup_set_weight, struct cgroup* cgroup, __u32 weight) {
  set_group_weight(cgroup, weight);
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
  forget_rule(task);
  return 0;
}

/* The name has changed by now, which above it is about to. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(task_is_executed, struct task_struct* task) {
  forget_rule(task);
  return 0;
}

SEC("struct_ops/gthulhu_cpu_online")
void BPF_PROG(gthulhu_cpu_online, __s32 id) {}

SEC("struct_ops/gthulhu_cpu_offline")
void BPF_PROG(gthulhu_cpu_offline, __s32 id) {}

SEC("struct_ops.s/gthulhu_init")
__s32 BPF_PROG(gthulhu_init) {
  const __u32 count = scx_bpf_nr_cpu_ids();
  __u32 id;

  if (count > GTHULHU_CPUS_MOST) return -7; /* E2BIG */
  shared.cpu_count = count;
  bpf_for(id, 0, count) {
    __s32 error = scx_bpf_create_dsq(BOOSTED_QUEUE(id), -1);
    if (!error) error = scx_bpf_create_dsq(ORDINARY_QUEUE(id), -1);
    if (!error) error = scx_bpf_create_dsq(IDLE_QUEUE(id), -1);
    if (!error) error = init_slice_timer(id);
    if (error) return error;
  }
  return init_groups() || watch_lease();
}

SEC("struct_ops/gthulhu_exit")
void BPF_PROG(gthulhu_exit, struct scx_exit_info* info) {
  shared.ended.code = info->exit_code;
  bpf_probe_read_kernel_str(shared.ended.reason, sizeof(shared.ended.reason), info->reason);
  bpf_probe_read_kernel_str(shared.ended.message, sizeof(shared.ended.message), info->msg);
  shared.ended.kind = info->kind;
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
    .cgroup_move = (void*)gthulhu_cgroup_move,
    .cpu_online = (void*)gthulhu_cpu_online,
    .cpu_offline = (void*)gthulhu_cpu_offline,
    .init = (void*)gthulhu_init,
    .exit = (void*)gthulhu_exit,
    .timeout_ms = 30000,
    .name = "gthulhu",
};
