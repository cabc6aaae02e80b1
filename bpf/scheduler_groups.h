/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What is due to whom: the CPUs are divided along cpu.weight among the cgroups in which somebody is
 * runnable, and in each by nice values. No tree is walked to pick a task: each has a share of its
 * own, which is looked up again when somebody came or went.
 */
#pragma once

#include "cgroup_of.h"
#include "pod_uid.h"
#include "scheduler_state.h"

/* Deeper cgroups count as the one at this depth. */
#define GROUP_DEPTH_MOST 16

struct gthulhu_group groups[GTHULHU_GROUPS_MOST] SEC(".data.groups");

/* Another one whenever what is due to a cgroup may have changed. */
__u32 share_generation SEC(".data.groups") = 1;

/* By the id of the cgroup. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, GTHULHU_GROUPS_MOST);
  __type(key, __u64);
  __type(value, __u32);
} group_numbers SEC(".maps");

/* No number beyond it was ever given. */
__u32 highest_group SEC(".data.groups");

/* Numbers that no cgroup has. */
struct {
  __uint(type, BPF_MAP_TYPE_STACK);
  __uint(max_entries, GTHULHU_GROUPS_MOST);
  __type(value, __u32);
} free_groups SEC(".maps");

_Static_assert((GTHULHU_GROUPS_MOST & (GTHULHU_GROUPS_MOST - 1)) == 0,
               "a mask bounds their numbers");

static __always_inline struct gthulhu_group* group_of(__u64 number) {
  asm volatile("%0 &= %1" : "+r"(number) : "i"(GTHULHU_GROUPS_MOST - 1));
  return &groups[number];
}

static __always_inline __u32 find_group(struct cgroup* cgroup) {
  const __u64 id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
  const __u32* number = bpf_map_lookup_elem(&group_numbers, &id);

  return number ? *number : 0;
}

/* Somebody of `weight` in a group is runnable now (`change` 1), or no longer (-1). */
static __noinline int change_load(__u32 number, __u64 weight, __s32 change) {
  bool has_heirs = false;

  for (int level = 0; level < GROUP_DEPTH_MOST; ++level) {
    struct gthulhu_group* group = group_of(number);
    const __u32 was_active = __sync_fetch_and_add(&group->active, change);

    __sync_fetch_and_add(&group->load, change < 0 ? -weight : weight);
    if (group->children) has_heirs = true;
    if (was_active != (change < 0 ? 1 : 0) || !number) break;
    weight = gthulhu_weight_of_group(group->weight);
    number = group->parent;
  }
  if (has_heirs) __sync_fetch_and_add(&share_generation, 1);
  return 0;
}

/* What is due to all in a group. */
static __noinline __u64 share_of(__u32 number) {
  const __u32 now = *(volatile __u32*)&share_generation;
  struct gthulhu_group* group = group_of(number);
  __u32 path[GROUP_DEPTH_MOST];
  __u32 depth = 0, i;
  __u64 share = shared.cpu_count * GTHULHU_SHARE_ONE;

  if (group->generation == now) return group->share;
  for (depth = 0; depth < GROUP_DEPTH_MOST && number; ++depth) {
    path[depth] = number;
    number = group_of(number)->parent;
  }
  for (i = 0; i < GROUP_DEPTH_MOST; ++i) {
    const struct gthulhu_group* parent;
    __u64 weight, load;

    if (i >= depth) break;
    group = group_of(path[(depth - 1 - i) & 15]);
    parent = group_of(group->parent);
    weight = gthulhu_weight_of_group(group->weight);
    load = *(volatile __u64*)&parent->load;
    share = gthulhu_part(share, weight, load < weight ? weight : load);
    group->share = share;
    group->generation = now;
  }
  return share;
}

static __always_inline void leave_group(struct gthulhu_task* state) {
  if (!state->weight) return;
  if (state->group_life == group_of(state->group)->life)
    change_load(state->group, state->weight, -1);
  state->weight = 0;
}

/* By the task's own nice value, moved by a priority. */
static __always_inline __u32 weight_of(const struct task_struct* task, int priority) {
  return task->policy == SCHED_IDLE ? GTHULHU_WEIGHT_IDLE
                                    : gthulhu_weight(task->static_prio - NICE_0_PRIO, priority);
}

/* The task is runnable. Threads of the kernel are not counted: they come first, and mostly just
 * when somebody else has to leave and looks what is due to him. */
static __always_inline void enter_group(struct task_struct* task, struct gthulhu_task* state) {
  const __u32 weight = weight_of(task, 0);

  if (state->weight == weight || (task->flags & PF_KTHREAD)) return;
  leave_group(state);
  state->weight = weight;
  state->group_life = group_of(state->group)->life;
  change_load(state->group, weight, 1);
}

static __always_inline __u64 task_share(struct task_struct* task,
                                        const struct gthulhu_task* state) {
  const __u64 load = *(volatile __u64*)&group_of(state->group)->load;
  const __u32 weight = weight_of(task, state->policy.priority);

  if (task->flags & PF_KTHREAD) return gthulhu_part(GTHULHU_SHARE_ONE, weight, GTHULHU_WEIGHT_ONE);
  return gthulhu_part(share_of(state->group), weight, load < state->weight ? state->weight : load);
}

/* The pod that the name of its cgroup tells; 0: it is no pod's. */
static __always_inline struct gthulhu_pod_uid pod_of(struct cgroup* cgroup) {
  const struct gthulhu_pod_uid none = {};
  struct gthulhu_pod_uid uid = {};
  char name[GTHULHU_CGROUP_NAME_MOST] = {};
  const long size = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(cgroup, kn, name));

  return size > 0 && gthulhu_find_pod_uid(name, size - 1, &uid) ? uid : none;
}

static __always_inline __s32 add_group(struct cgroup* cgroup, __u32 weight) {
  struct cgroup* parent = parent_of(cgroup);
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);
  struct gthulhu_group* group;
  __u32 number = 0;

  /* Without a number its tasks count as the root's. */
  if (parent && bpf_map_pop_elem(&free_groups, &number)) return 0;
  group = group_of(number);
  if (number > highest_group) highest_group = number;
  group->weight = group->set_weight = weight;
  group->parent = parent ? find_group(parent) : 0;
  group->generation = 0;
  group->children = 0;
  group->active = 0;
  group->load = 0;
  group->limit_generation = 0;
  if (parent) group->pod = pod_of(cgroup);
  group->cgroup = (__u64)cgroup;
  if (number) __sync_fetch_and_add(&group_of(group->parent)->children, 1);
  bpf_map_update_elem(&group_numbers, &id, &number, BPF_ANY);
  return 0;
}

/* Nobody is in it any more, but somebody who is about to end may not have left his CPU yet. He
 * counts no longer, and is not taken from whoever gets the number next. */
static __always_inline void remove_group(struct cgroup* cgroup) {
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);
  const __u32 number = find_group(cgroup);
  struct gthulhu_group* group = group_of(number);

  if (!number) return;
  __sync_fetch_and_add(&group->life, 1);
  if (group->active) change_load(group->parent, gthulhu_weight_of_group(group->weight), -1);
  group->cgroup = 0;
  bpf_map_delete_elem(&group_numbers, &id);
  __sync_fetch_and_add(&group_of(group->parent)->children, -1);
  bpf_map_push_elem(&free_groups, &number, 0);
}

/* `weight` 0: cpu.idle is set. */
static __always_inline void reweigh_group(struct gthulhu_group* group, __u32 weight) {
  __u32 before;

  if (group->weight == weight) return;
  before = __sync_lock_test_and_set(&group->weight, weight);
  if (before == weight) return;
  if (group->active)
    __sync_fetch_and_add(&group_of(group->parent)->load,
                         gthulhu_weight_of_group(weight) - gthulhu_weight_of_group(before));
  __sync_fetch_and_add(&share_generation, 1);
}

static __always_inline void set_group_weight(struct cgroup* cgroup, __u32 weight) {
  const __u32 number = find_group(cgroup);
  struct gthulhu_group* group = group_of(number);

  if (!number) return;
  group->set_weight = weight;
  if (group->weight) reweigh_group(group, weight);
}

static __always_inline __s32 init_groups(void) {
  __u32 i;

  /* The lowest ones are given first. */
  bpf_for(i, 1, GTHULHU_GROUPS_MOST) {
    const __u32 number = GTHULHU_GROUPS_MOST - i;

    if (bpf_map_push_elem(&free_groups, &number, 0)) return -12; /* ENOMEM */
  }
  return 0;
}
