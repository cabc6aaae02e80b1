/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * Writes down every single wait and run of the tasks in the cgroups that user space names: one
 * sample each, so that percentiles of them are exact. A wait begins with the tracepoint of the
 * wake-up, or of the switch that took the CPU away, and ends with the switch that gives it; a timer
 * that fires late is no part of it.
 */
// clang-format off: libbpf's headers want the types before them
#include "bpf/kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "bpf/cgroup_of.h"
#include "tests/waits/wake_waits_record.h"

char LICENSE[] SEC("license") = "GPL";

/* Since when samples are taken (CLOCK_MONOTONIC, ns); 0: none are. User space writes it. */
__u64 recording SEC(".data.recording");

/* How many there were; those past the room are lost. */
__u64 taken SEC(".data.taken");

/* By id of a cgroup, the number by which its samples are known. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, WAKE_WAITS_GROUPS_MOST);
  __type(key, __u64);
  __type(value, __u32);
} watched SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, WAKE_WAITS_SAMPLES_MOST);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct wake_waits_sample);
} samples SEC(".maps");

/* By thread number. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, WAKE_WAITS_TASKS_MOST);
  __type(key, __s32);
  __type(value, struct wake_waits_task);
} tasks SEC(".maps");

/* ns that each group ran on each CPU while samples were taken. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, WAKE_WAITS_GROUPS_MOST* WAKE_WAITS_CPUS_MOST);
  __type(key, __u32);
  __type(value, __u64);
} ran SEC(".maps");

/* The same in each step of time, on all CPUs. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, WAKE_WAITS_GROUPS_MOST* WAKE_WAITS_STEPS_MOST);
  __type(key, __u32);
  __type(value, __u64);
} ran_in_steps SEC(".maps");

static __always_inline __u64 recording_since(void) {
  return *(volatile __u64*)&recording;
}

static __always_inline void take(__u32 group, __u32 kind, __u64 ns) {
  struct wake_waits_sample* sample;
  __u64 number;
  __u32 place;

  if (!recording_since()) return;
  number = __sync_fetch_and_add(&taken, 1);
  if (number >= WAKE_WAITS_SAMPLES_MOST) return;
  place = number;
  sample = bpf_map_lookup_elem(&samples, &place);
  if (!sample) return;
  sample->ns = ns;
  sample->group = group;
  sample->kind = kind;
}

/* `from`, `to`: ns since recording began. */
static __always_inline void add_to_steps(__u32 group, __u64 from, __u64 to) {
  __u32 i;

  bpf_for(i, 0, WAKE_WAITS_STEPS_MOST) {
    const __u64 step = from / WAKE_WAITS_STEP_NS;
    const __u64 end = (step + 1) * WAKE_WAITS_STEP_NS < to ? (step + 1) * WAKE_WAITS_STEP_NS : to;
    const __u32 place = group * WAKE_WAITS_STEPS_MOST + (__u32)step;
    __u64* sum;

    if (from >= to || step >= WAKE_WAITS_STEPS_MOST) break;
    sum = bpf_map_lookup_elem(&ran_in_steps, &place);
    if (sum) __sync_fetch_and_add(sum, end - from);
    from = end;
  }
}

static __always_inline void add_run(__u32 group, __u64 since, __u64 now) {
  const __u64 begin = recording_since();
  const __u32 place = group * WAKE_WAITS_CPUS_MOST + bpf_get_smp_processor_id();
  __u64* sum;

  if (!begin || now <= begin) return;
  if (since < begin) since = begin;
  sum = bpf_map_lookup_elem(&ran, &place);
  if (sum) *sum += now - since;
  add_to_steps(group, since - begin, now - begin);
}

/* NULL for tasks in other cgroups, and where there is no more room. */
static __always_inline struct wake_waits_task* watched_task(struct task_struct* task) {
  const __u64 cgroup = trusted_cgroup_of(task)->kn->id;
  const __u32* group = bpf_map_lookup_elem(&watched, &cgroup);
  const __s32 tid = task->pid;
  struct wake_waits_task* known;
  struct wake_waits_task fresh = {};

  if (!group) return NULL;
  known = bpf_map_lookup_elem(&tasks, &tid);
  if (known && known->group == *group) return known;
  fresh.group = *group;
  bpf_map_update_elem(&tasks, &tid, &fresh, BPF_ANY);
  return bpf_map_lookup_elem(&tasks, &tid);
}

static __always_inline void ready(struct task_struct* task) {
  struct wake_waits_task* woken = watched_task(task);

  /* Who is woken before it has left its CPU goes on running, or waits as one who was interrupted.
   */
  if (!woken || woken->state != WAKE_WAITS_ASLEEP) return;
  woken->state = WAKE_WAITS_READY_WOKEN;
  woken->since_ns = bpf_ktime_get_ns();
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(task_is_ready, struct task_struct* task) {
  ready(task);
  return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(task_starts, struct task_struct* task) {
  ready(task);
  return 0;
}

static __always_inline void leaves(struct task_struct* task, bool is_ready, __u64 now) {
  struct wake_waits_task* left = watched_task(task);

  if (!left) return;
  if (left->state == WAKE_WAITS_RUNS) {
    take(left->group, is_ready ? WAKE_WAITS_CUT_RUN : WAKE_WAITS_WHOLE_RUN, now - left->since_ns);
    add_run(left->group, left->since_ns, now);
  }
  left->state = is_ready ? WAKE_WAITS_READY_PREEMPTED : WAKE_WAITS_ASLEEP;
  left->since_ns = now;
}

static __always_inline void comes(struct task_struct* task, __u64 now) {
  struct wake_waits_task* next = watched_task(task);

  if (!next) return;
  if (next->state == WAKE_WAITS_READY_WOKEN)
    take(next->group, WAKE_WAITS_WOKEN, now - next->since_ns);
  if (next->state == WAKE_WAITS_READY_PREEMPTED)
    take(next->group, WAKE_WAITS_PREEMPTED, now - next->since_ns);
  next->state = WAKE_WAITS_RUNS;
  next->since_ns = now;
  next->cpu = bpf_get_smp_processor_id();
}

SEC("tp_btf/sched_switch")
int BPF_PROG(cpu_changes_hands,
             bool preempt,
             struct task_struct* previous,
             struct task_struct* next,
             unsigned int previous_state) {
  const __u64 now = bpf_ktime_get_ns();

  leaves(previous, preempt || previous_state == 0, now);
  comes(next, now);
  return 0;
}
