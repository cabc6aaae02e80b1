/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the kernel offers to a sched_ext scheduler (kernel/sched/ext.c), from Linux 6.13 on. Some of
 * it has changed its shape since; which one there is, is found when the program is loaded. What
 * follows the last "___" of a name is no part of it.
 */
#pragma once

// clang-format off: libbpf's headers want the types before them
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

/* Values differ between kernels: read by bpf_core_enum_value, never as they stand here. */
enum scx_enq_flags {
  SCX_ENQ_WAKEUP,
  SCX_ENQ_LAST,
  SCX_ENQ_PREEMPT = 1ULL << 32,
};

enum scx_wake_flags {
  SCX_WAKE_SYNC = 16,
};

enum scx_dsq_id_flags {
  SCX_DSQ_GLOBAL = (1ULL << 63) | 1,
  SCX_DSQ_LOCAL = 1ULL << 63,
  SCX_DSQ_LOCAL_ON = (1ULL << 63) | (1ULL << 62),
};

enum scx_ent_flags {
  SCX_TASK_QUEUED,
};

enum scx_kick_flags {
  SCX_KICK_IDLE,
  SCX_KICK_PREEMPT,
};

#define FLAG(type, name) bpf_core_enum_value(enum type, name)

/* include/linux/sched.h, include/uapi/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000
#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */
#define SCHED_IDLE 5
#define NICE_0_PRIO 120

struct scx_init_task_args;
struct scx_cpu_release_args;
struct scx_dump_ctx;

enum scx_exit_kind {
  SCX_EXIT_NONE,
};

struct scx_exit_info {
  enum scx_exit_kind kind;
  __s64 exit_code;
  const char* reason;
  char* msg;
  char* dump;
} __attribute__((preserve_access_index));

struct scx_cgroup_init_args {
  __u32 weight;       /* cpu.weight */
  __u64 bw_period_us; /* cpu.max, since 6.17 */
  __u64 bw_quota_us;
  __u64 bw_burst_us; /* cpu.max.burst */
} __attribute__((preserve_access_index));

/* The operations that we have; libbpf puts them to where the kernel's struct has them. */
struct sched_ext_ops {
  __s32 (*select_cpu)(struct task_struct*, __s32, __u64);
  void (*enqueue)(struct task_struct*, __u64);
  void (*dispatch)(__s32, struct task_struct*);
  void (*running)(struct task_struct*);
  void (*stopping)(struct task_struct*, bool);
  void (*cpu_release)(__s32, struct scx_cpu_release_args*);
  __s32 (*init_task)(struct task_struct*, struct scx_init_task_args*);
  void (*enable)(struct task_struct*);
  void (*disable)(struct task_struct*);
  __s32 (*cgroup_init)(struct cgroup*, struct scx_cgroup_init_args*);
  void (*cgroup_exit)(struct cgroup*);
  void (*cgroup_set_weight)(struct cgroup*, __u32);
  void (*cgroup_set_bandwidth)(struct cgroup*, __u64, __u64, __u64);
  void (*cgroup_move)(struct task_struct*, struct cgroup*, struct cgroup*);
  void (*dump_cpu)(struct scx_dump_ctx*, __s32, bool);
  void (*cpu_online)(__s32);
  void (*cpu_offline)(__s32);
  void (*update_idle)(__s32, bool);
  __s32 (*init)(void);
  void (*exit)(struct scx_exit_info*);
  __u64 flags;
  __u32 timeout_ms;
  char name[128];
};

/* The kernel knows idle CPUs although we are told of them as well. */
#define SCX_OPS_KEEP_BUILTIN_IDLE (1ULL << 0)

/* Who is the only one on a CPU goes on there only if we say so. */
#define SCX_OPS_ENQ_LAST (1ULL << 1)

/* Who is about to end is asked for as well. Without it he gets 20 ms again and again, unasked,
 * which whose memory is large needs for seconds. */
#define SCX_OPS_ENQ_EXITING (1ULL << 2)

/* Since 6.14; taken out where the kernel does not know it. Without it who may not change CPUs for a
 * moment gets to the head of the CPU's queue for 20 ms, unasked; and so does whoever is put back by
 * scx_bpf_reenqueue_local(), because a program that runs on behalf of a task keeps it there. */
#define SCX_OPS_ENQ_MIGRATION_DISABLED (1ULL << 4)

void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
bool bpf_cpumask_test_cpu(__u32 cpu, const struct cpumask* mask) __ksym;

/* With an exit code of ours, and a message without arguments. */
void scx_bpf_exit_bstr(__s64 code, char* format, unsigned long long* data, __u32 size) __ksym;
/* A line of the text that tells of an error's circumstances. */
void scx_bpf_dump_bstr(char* format, unsigned long long* data, __u32 size) __ksym;
__s32 scx_bpf_create_dsq(__u64 queue, __s32 node) __ksym;
__s32 scx_bpf_dsq_nr_queued(__u64 queue) __ksym;
void scx_bpf_kick_cpu(__s32 cpu, __u64 flags) __ksym;
__u32 scx_bpf_nr_cpu_ids(void) __ksym;
__s32 scx_bpf_pick_idle_cpu(const struct cpumask* allowed, __u64 flags) __ksym;
__u32 scx_bpf_reenqueue_local(void) __ksym;
__s32 scx_bpf_select_cpu_dfl(struct task_struct* task,
                             __s32 cpu,
                             __u64 flags,
                             bool* is_idle) __ksym;
__s32 scx_bpf_task_cpu(const struct task_struct* task) __ksym;
__u64 scx_bpf_now(void) __ksym __weak; /* 6.14 */

/* Answers since 6.19, with what then is the name of the old shape. */
void scx_bpf_dsq_insert(struct task_struct* task,
                        __u64 queue,
                        __u64 slice,
                        __u64 flags) __ksym __weak;
bool scx_bpf_dsq_insert___v2___new(struct task_struct* task,
                                   __u64 queue,
                                   __u64 slice,
                                   __u64 flags) __ksym __weak;

/* More than five arguments are in a struct since 6.19. */
struct scx_bpf_dsq_insert_vtime_args {
  __u64 dsq_id;
  __u64 slice;
  __u64 vtime;
  __u64 enq_flags;
} __attribute__((preserve_access_index));
void scx_bpf_dsq_insert_vtime(
    struct task_struct* task, __u64 queue, __u64 slice, __u64 vtime, __u64 flags) __ksym __weak;
bool __scx_bpf_dsq_insert_vtime(struct task_struct* task,
                                struct scx_bpf_dsq_insert_vtime_args* arguments) __ksym __weak;

/* With flags since 7.1. */
bool scx_bpf_dsq_move_to_local(__u64 queue) __ksym __weak;
bool scx_bpf_dsq_move_to_local___v2___new(__u64 queue, __u64 flags) __ksym __weak;

/* Since 6.19; writing the field ends with some later kernel. */
bool scx_bpf_task_set_slice(struct task_struct* task, __u64 slice) __ksym __weak;

struct bpf_iter_scx_dsq {
  __u64 opaque[6];
} __attribute__((aligned(8)));
int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq* iterator, __u64 queue, __u64 flags) __ksym;
struct task_struct* bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq* iterator) __ksym;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq* iterator) __ksym;
bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq* iterator,
                      struct task_struct* task,
                      __u64 queue,
                      __u64 flags) __ksym;

void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq* iterator, __u64 vtime) __ksym;
bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq* iterator,
                            struct task_struct* task,
                            __u64 queue,
                            __u64 flags) __ksym;

static __always_inline __u64 time_now(void) {
  return bpf_ksym_exists(scx_bpf_now) ? scx_bpf_now() : bpf_ktime_get_ns();
}

/* At the end of a queue without order. */
static __always_inline void insert(struct task_struct* task,
                                   __u64 queue,
                                   __u64 slice,
                                   __u64 flags) {
  if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___new))
    scx_bpf_dsq_insert___v2___new(task, queue, slice, flags);
  else
    scx_bpf_dsq_insert(task, queue, slice, flags);
}

static __always_inline void insert_by_vtime(
    struct task_struct* task, __u64 queue, __u64 slice, __u64 vtime, __u64 flags) {
  if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime)) {
    struct scx_bpf_dsq_insert_vtime_args arguments = {
        .dsq_id = queue, .slice = slice, .vtime = vtime, .enq_flags = flags};
    __scx_bpf_dsq_insert_vtime(task, &arguments);
  } else {
    scx_bpf_dsq_insert_vtime(task, queue, slice, vtime, flags);
  }
}

/* The first of `queue` that may run here is next here. False: there is none. */
static __always_inline bool take_first(__u64 queue) {
  if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___new))
    return scx_bpf_dsq_move_to_local___v2___new(queue, 0);
  return scx_bpf_dsq_move_to_local(queue);
}

static __always_inline void set_slice(struct task_struct* task, __u64 slice) {
  if (bpf_ksym_exists(scx_bpf_task_set_slice))
    scx_bpf_task_set_slice(task, slice);
  else
    task->scx.slice = slice;
}

/* The virtual time of the first in `queue`. False: it is empty. */
static __always_inline bool first_in(__u64 queue, __u64* vtime) {
  struct bpf_iter_scx_dsq iterator;
  struct task_struct* first;

  bpf_iter_scx_dsq_new(&iterator, queue, 0);
  first = bpf_iter_scx_dsq_next(&iterator);
  if (first) *vtime = first->scx.dsq_vtime;
  bpf_iter_scx_dsq_destroy(&iterator);
  return first != NULL;
}

/* All of `queue` goes to the kernel's own, from which every CPU takes first. Not under a run
 * queue's lock. */
static __noinline int hand_over(__u64 queue) {
  struct bpf_iter_scx_dsq iterator;
  struct task_struct* task;

  bpf_iter_scx_dsq_new(&iterator, queue, 0);
  while ((task = bpf_iter_scx_dsq_next(&iterator)))
    scx_bpf_dsq_move(&iterator, task, FLAG(scx_dsq_id_flags, SCX_DSQ_GLOBAL), 0);
  bpf_iter_scx_dsq_destroy(&iterator);
  return 0;
}
