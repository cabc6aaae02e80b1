/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The kernel's types as far as our programs look into them. Only names count: libbpf finds where a
 * field is in the running kernel by its BTF (CO-RE), so fields may be in any order here and all
 * others are left out. Where the size of a number is another in some kernel, libbpf mends that for
 * unsigned ones only.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
  const char* name;
  __u64 id; /* on 64-bit machines the inode number of its directory (kernfs_ino,
               include/linux/kernfs.h) */
};

struct cgroup;

struct cgroup_subsys_state {
  struct cgroup* cgroup;
  struct cgroup_subsys_state* parent;
};

struct cgroup {
  struct cgroup_subsys_state self;
  struct kernfs_node* kn;
  /* By enum cgroup_subsys_id, as many as the kernel has; NULL where a controller is off. */
  struct cgroup_subsys_state* subsys[1];
};

struct css_set {
  struct cgroup_subsys_state* subsys[1]; /* by enum cgroup_subsys_id; as many as the kernel has */
  struct cgroup* dfl_cgrp;               /* in the v2 hierarchy */
};

struct sched_info {
  unsigned long pcount;         /* how often the task got a CPU */
  unsigned long long run_delay; /* ns that the task was ready and had no CPU, all together */
};

struct cfs_rq {
  __u32 throttle_count;            /* it and parents of it that stand still for their quota */
  __u64 throttled_clock_pelt_time; /* how long it has stood still, as known after the last time */
};

/* The same before Linux 5.19. */
struct cfs_rq___before_5_19 {
  __u64 throttled_clock_task_time;
};

struct sched_entity {
  struct cfs_rq* cfs_rq;  /* on which it is, or was last */
  __u64 sum_exec_runtime; /* ns on a CPU so far, under whatever scheduler */
};

/* A queue of sched_ext. */
struct scx_dispatch_q {
  __u64 id; /* enum scx_dsq_id_flags in the upper bits; else as the scheduler chose it */
};

/* What the kernel keeps of a task for a sched_ext scheduler. */
struct sched_ext_entity {
  struct scx_dispatch_q* dsq; /* in which it waits; NULL: in none */
  __u32 flags;                /* enum scx_ent_flags */
  __u64 slice;                /* ns left */
  __u64 dsq_vtime;            /* by which the queue in which it waits is sorted */
};

struct cpumask {
  unsigned long bits[1]; /* as many as the kernel has */
};

/* A cgroup's cpu.max and cpu.max.burst. */
struct cfs_bandwidth {
  __s64 period; /* ns */
  __u64 quota;  /* ns; RUNTIME_INF, which is all ones: there is no limit */
  __u64 burst;  /* ns */
};

struct task_group {
  struct cgroup_subsys_state css; /* without a cgroup for those that the kernel itself makes */
  struct cfs_rq** cfs_rq;         /* of each CPU */
  int idle;                       /* cpu.idle */
  struct cfs_bandwidth cfs_bandwidth;
};

struct signal_struct {
  int nr_threads;     /* of the process */
  unsigned int flags; /* SIGNAL_..., include/linux/sched/signal.h */
};

struct task_struct {
  int pid;              /* of the thread */
  int tgid;             /* of the process */
  __u64 start_boottime; /* ns; /proc/PID/stat shows it in clock ticks */
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct signal_struct* signal;
  char comm[16];
  struct css_set* cgroups;
  __u32 on_rq;         /* 0: it sleeps, or is being woken */
  unsigned int flags;  /* PF_..., include/linux/sched.h */
  unsigned int policy; /* SCHED_..., include/uapi/linux/sched.h */
  int static_prio;     /* nice + 120 */
  int nr_cpus_allowed;
  int rcu_read_lock_nesting;      /* of kernels that preempt readers */
  const struct cpumask* cpus_ptr; /* on which it may run */
  struct sched_entity se;
  struct sched_ext_entity scx;
  struct task_group* sched_task_group;
  struct sched_info sched_info;
  unsigned long nvcsw, nivcsw; /* how often it left its CPU to sleep, and otherwise */
  bool throttled;              /* since Linux 6.18: set aside until there is quota again */
};

#pragma clang attribute pop

/* The number of a controller depends on the kernel's configuration: read with bpf_core_enum_value.
 */
enum cgroup_subsys_id {
  cpu_cgrp_id,
};

/* Of bpf_for (kernel/bpf/bpf_iter.c). */
struct bpf_iter_num {
  __u64 opaque[1];
} __attribute__((aligned(8)));
