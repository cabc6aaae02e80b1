/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the scheduler knows: settings, rules, and what it keeps of CPUs and tasks.
 */
#pragma once

#include "scheduler_kernel.h"
#include "starvation.h"

struct gthulhu_shared shared SEC(".data.shared") = {
    .generation = 1,
    .settings = GTHULHU_SETTINGS,
};

struct gthulhu_dump dump SEC(".data.dump");

#define SETTINGS (&shared.settings)

/* Numbers of queues: what waits, and for which CPU. */
#define BOOSTED_QUEUE(cpu) ((1ULL << 32) | (__u32)(cpu))
#define ORDINARY_QUEUE(cpu) ((2ULL << 32) | (__u32)(cpu))
#define IDLE_QUEUE(cpu) ((3ULL << 32) | (__u32)(cpu))

_Static_assert((GTHULHU_CPUS_MOST & (GTHULHU_CPUS_MOST - 1)) == 0, "a mask bounds their numbers");
struct gthulhu_cpu cpus[GTHULHU_CPUS_MOST] SEC(".data.cpus");

/* By the id of the cgroup. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, GTHULHU_RULES_MOST);
  __type(key, __u64);
  __type(value, struct gthulhu_cgroup_rule);
} cgroup_rules SEC(".maps");

/* Of pods, whose cgroup may not be there yet. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, GTHULHU_RULES_MOST);
  __type(key, struct gthulhu_pod_uid);
  __type(value, struct gthulhu_cgroup_rule);
} pod_rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, GTHULHU_RULES_MOST);
  __type(key, struct gthulhu_task_key);
  __type(value, struct gthulhu_task_rule);
} task_rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC); /* mostly there are few */
  __uint(max_entries, GTHULHU_NAMES_MOST);
  __type(key, struct gthulhu_name_key);
  __type(value, struct gthulhu_policy);
} name_rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct gthulhu_task);
} tasks SEC(".maps");

static __always_inline struct gthulhu_cpu* cpu_of(__s32 id) {
  __u64 index = (__u32)id;

  if (index >= GTHULHU_CPUS_MOST) return NULL;
  /* The verifier forgets the bound when the compiler keeps a copy of the number. */
  asm volatile("%0 &= %1" : "+r"(index) : "i"(GTHULHU_CPUS_MOST - 1));
  return &cpus[index];
}

static __always_inline struct gthulhu_task* task_of(struct task_struct* task) {
  return bpf_task_storage_get(&tasks, task, NULL, 0);
}

static __always_inline __u64 queued(__u64 queue) {
  const __s32 count = scx_bpf_dsq_nr_queued(queue);

  return count > 0 ? count : 0;
}

/* In all queues of a CPU. */
static __noinline __u64 waiting_on(__s32 id) {
  return queued(BOOSTED_QUEUE(id)) + queued(ORDINARY_QUEUE(id)) + queued(IDLE_QUEUE(id));
}

/* On the CPU that this runs on, whichever it is about. */
static __always_inline void count(enum gthulhu_path path) {
  struct gthulhu_cpu* cpu = cpu_of(bpf_get_smp_processor_id());

  if (cpu) ++cpu->paths[path];
}
