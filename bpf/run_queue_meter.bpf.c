/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Counts, for the pods that user space names, how long their tasks waited on run queues before each
 * run and how long they ran, by the kernel's own sums (sched_info.run_delay, se.sum_exec_runtime,
 * which /proc/PID/schedstat shows), both when the run ends. A wait during which the task's queue
 * stood still for a quota (cpu.max), or that began in a queue of our scheduler's limits, is counted
 * apart, all of it.
 *
 * Every map that is filled from here is allocated beforehand: under a run queue's lock nothing may
 * be.
 */
// clang-format off: libbpf's headers want the types before them
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "cgroup_of.h"
#include "run_counts_record.h"
#include "scheduler_record.h"

char LICENSE[] SEC("license") = "GPL";

/* Deeper below a cgroup that user space named nothing is counted. */
#define LEVELS_MOST 32

/* Another one whenever `named` may have changed; user space writes it, and nothing else here. */
__u32 generation SEC(".data.generation");

/* Some run queue of a pod stood still once, or a limit held a task of one back: from now on there
 * is something to tell apart. */
bool has_throttled;

/* Cgroups to count in, with those below them, by id: the number of their pod. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, GTHULHU_POD_CGROUPS_MOST);
  __type(key, __u64);
  __type(value, __u32);
} named SEC(".maps");

/* By the number of a pod. User space makes the entries. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, GTHULHU_PODS_MOST);
  __type(key, __u32);
  __type(value, struct gthulhu_run_counts);
} counts SEC(".maps");

/* What was found in `named` for a cgroup, at a generation. */
struct place {
  __u64 cgroup;
  __u32 generation;
  __u32 pod; /* 0: none */
};

/* A power of two. */
#define PLACES 512

/* Of each CPU, which alone writes there: every task that leaves a CPU is looked for here, of a pod
 * or not, and a place in an array takes a fraction of a look into a hash table. */
struct places {
  struct place at[PLACES]; /* by the last bits of the id, of which cgroups have one after another */
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct places);
} places SEC(".maps");

/* A task when it began, left its CPU or was woken, whichever came last. */
struct seen {
  __u64 start_boottime;
  struct task_struct* task; /* exec gives a thread number and start of its process's first one */
  __u64 runs;
  __u64 run_delay;
  __u64 ran_ns;
  struct cfs_rq* queue; /* now, should it have changed CPUs since; NULL: not known */
  __u64 throttled;      /* of the queue */
  __u32 pod;
  __u32 slept, interrupted; /* how often it left its CPU to sleep, and otherwise */
  bool is_throttled;        /* its queue stood still since, or it is set aside */
};

/* By thread number. What has to make room misses one wait. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 32768);
  __type(key, __s32);
  __type(value, struct seen);
} tasks SEC(".maps");

static __always_inline __u64 throttled_time(struct cfs_rq* queue) {
  const struct cfs_rq___before_5_19* older = (const void*)queue;

  if (bpf_core_field_exists(queue->throttled_clock_pelt_time))
    return queue->throttled_clock_pelt_time;
  if (bpf_core_field_exists(older->throttled_clock_task_time))
    return older->throttled_clock_task_time;
  return 0; /* a kernel without quotas */
}

/* The same where the kernel has not handed the queue over with its type. */
static __always_inline __u64 throttled_time_of(struct cfs_rq* queue) {
  const struct cfs_rq___before_5_19* older = (const void*)queue;

  if (bpf_core_field_exists(queue->throttled_clock_pelt_time))
    return BPF_CORE_READ(queue, throttled_clock_pelt_time);
  if (bpf_core_field_exists(older->throttled_clock_task_time))
    return BPF_CORE_READ(older, throttled_clock_task_time);
  return 0;
}

static __noinline __u32 find_pod(struct cgroup* cgroup) {
  for (int level = 0; level < LEVELS_MOST && cgroup; ++level) {
    const __u64 id = BPF_CORE_READ(cgroup, kn, id);
    const __u32* pod = bpf_map_lookup_elem(&named, &id);

    if (pod) return *pod;
    cgroup = parent_of(cgroup);
  }
  return 0;
}

/* Its number, or 0. */
static __always_inline __u32 pod_of(struct task_struct* task) {
  struct cgroup* cgroup = trusted_cgroup_of(task);
  const __u64 id = cgroup->kn->id;
  const __u32 now = *(volatile __u32*)&generation, first = 0;
  struct places* known = bpf_map_lookup_elem(&places, &first);
  struct place* place;
  __u64 index = id;

  if (!known) return 0;
  /* The verifier forgets the bound when the compiler keeps a copy of the number. */
  asm volatile("%0 &= %1" : "+r"(index) : "i"(PLACES - 1));
  place = &known->at[index];
  if (place->cgroup != id || place->generation != now) {
    place->pod = find_pod(cgroup);
    place->cgroup = id;
    place->generation = now;
  }
  return place->pod;
}

static __always_inline void count_in(__u64 buckets[GTHULHU_DURATION_BUCKETS], __u64 ns) {
  __u32 bucket = gthulhu_bucket_of(ns);

  /* The compiler knows that it is in bounds; the verifier does not. */
  asm volatile("" : "+r"(bucket));
  if (bucket < GTHULHU_DURATION_BUCKETS) ++buckets[bucket];
}

static __always_inline bool stands_still(struct cfs_rq* queue) {
  return bpf_core_field_exists(queue->throttle_count) && queue->throttle_count > 0;
}

/* Our scheduler holds it back for a limit: it has put the task into that queue by the time that a
 * tracepoint tells of the task's being ready, or of its having left its CPU. */
static __always_inline bool is_held(struct task_struct* task) {
  const struct scx_dispatch_q* queue;

  if (!bpf_core_field_exists(task->scx.dsq) || !bpf_core_field_exists(struct scx_dispatch_q, id))
    return false;
  queue = task->scx.dsq;
  return queue && gthulhu_is_limited_queue(queue->id);
}

static __always_inline bool is_set_aside(struct task_struct* task) {
  return (bpf_core_field_exists(task->throttled) && task->throttled) || is_held(task);
}

static __always_inline bool has_met_throttling(const struct seen* before,
                                               struct task_struct* task) {
  struct cfs_rq* queue = task->se.cfs_rq;

  return before->is_throttled ||
         (queue == before->queue && throttled_time(queue) != before->throttled);
}

static __always_inline void count(const struct seen* before, struct task_struct* task) {
  struct gthulhu_run_counts* counted = bpf_map_lookup_elem(&counts, &before->pod);
  const __u64 wait_ns = task->sched_info.run_delay - before->run_delay;
  const __u64 burst_ns = task->se.sum_exec_runtime - before->ran_ns;

  if (!counted) return;
  if (task->sched_info.pcount == before->runs) {
    /* It was interrupted when it was about to sleep: the kernel knows of no wait then. */
  } else if (has_met_throttling(before, task)) {
    counted->throttled_ns += wait_ns;
    ++counted->throttled;
  } else {
    count_in(counted->waits, wait_ns);
    counted->wait_ns += wait_ns;
  }
  count_in(counted->bursts, burst_ns);
  counted->burst_ns += burst_ns;
  if ((__u32)task->nivcsw != before->interrupted) ++counted->preempted;
}

static __always_inline void look(struct task_struct* task, __u32 pod, struct seen* seen) {
  seen->runs = task->sched_info.pcount;
  seen->run_delay = task->sched_info.run_delay;
  seen->ran_ns = task->se.sum_exec_runtime;
  seen->queue = task->se.cfs_rq;
  seen->throttled = throttled_time(seen->queue);
  seen->pod = pod;
  seen->slept = task->nvcsw;
  seen->interrupted = task->nivcsw;
  seen->is_throttled = is_set_aside(task);
  if (seen->throttled || seen->is_throttled || stands_still(seen->queue)) has_throttled = true;
}

static __always_inline void begin(struct task_struct* task, __u32 pod) {
  const __s32 tid = task->pid;
  struct seen now = {};

  now.start_boottime = task->start_boottime;
  now.task = task;
  look(task, pod, &now);
  bpf_map_update_elem(&tasks, &tid, &now, BPF_ANY);
}

static __always_inline struct seen* find_seen(struct task_struct* task) {
  const __s32 tid = task->pid;
  struct seen* seen = bpf_map_lookup_elem(&tasks, &tid);

  if (!seen || seen->task != task || seen->start_boottime != task->start_boottime) return NULL;
  return seen;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(task_starts, struct task_struct* task) {
  const __u32 pod = pod_of(task);

  if (pod) begin(task, pod);
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(task_leaves, bool preempt, struct task_struct* task) {
  struct seen* seen;
  __u32 pod, left;

  if (!task->pid) return 0;
  pod = pod_of(task);
  if (!pod) return 0;
  seen = find_seen(task);
  if (!seen) {
    begin(task, pod);
    return 0;
  }
  left = task->nvcsw + task->nivcsw;
  /* Otherwise it ran where nobody looked, and the sums are of several waits and bursts. */
  if (left == seen->slept + seen->interrupted + 1 && pod == seen->pod) count(seen, task);
  look(task, pod, seen);
  return 0;
}

/* What stood still while it slept was not its wait. */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(task_is_ready, struct task_struct* task) {
  struct seen* seen;

  if (!has_throttled && !is_held(task)) return 0;
  seen = find_seen(task);
  if (!seen) return 0;
  seen->queue = task->se.cfs_rq;
  seen->throttled = throttled_time(seen->queue);
  seen->is_throttled = is_set_aside(task);
  if (seen->is_throttled) has_throttled = true;
  return 0;
}

/* It goes on waiting in another queue of its group. Where it was held back when the wait began, the
 * wait stays one of that kind. */
SEC("tp_btf/sched_migrate_task")
int BPF_PROG(task_changes_cpu, struct task_struct* task, int cpu) {
  struct seen* seen;
  struct cfs_rq *from, *to = NULL;

  if (!has_throttled || !task->on_rq) return 0;
  seen = find_seen(task);
  if (!seen) return 0;
  from = task->se.cfs_rq;
  if (from == seen->queue && (stands_still(from) || throttled_time(from) != seen->throttled))
    seen->is_throttled = true;
  /* Where tasks are set aside, that is known as soon as the wait begins. */
  if (!bpf_core_field_exists(task->throttled))
    bpf_probe_read_kernel(&to, sizeof(to), task->sched_task_group->cfs_rq + cpu);
  seen->queue = to;
  seen->throttled = to ? throttled_time_of(to) : 0;
  return 0;
}
