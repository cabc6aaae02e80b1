/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Which rule holds for a task: its own, else that of its process, else that of the nearest cgroup
 * that has one.
 */
#pragma once

#include "cgroup_of.h"
#include "scheduler_groups.h"

/* Deeper below a cgroup with a rule it does not hold. */
#define LEVELS_MOST 32

static __always_inline bool has_ended(const struct gthulhu_policy* policy, __u64 now_boottime) {
  return policy->expires_ns && now_boottime >= policy->expires_ns;
}

/* `first`: the thread whose start is meant. */
static __always_inline bool find_task_rule(struct gthulhu_task_key key,
                                           struct task_struct* first,
                                           struct gthulhu_policy* policy) {
  const struct gthulhu_task_rule* rule = bpf_map_lookup_elem(&task_rules, &key);

  if (!rule || BPF_CORE_READ(first, start_boottime) / GTHULHU_NS_PER_TICK != rule->start_ticks)
    return false;
  *policy = rule->policy;
  return true;
}

static __always_inline bool find_own_rule(struct task_struct* task, struct gthulhu_policy* policy) {
  const struct gthulhu_task_key thread = {.number = task->pid, .is_thread = 1};
  const struct gthulhu_task_key process = {.number = task->tgid};

  return (shared.has_thread_rules && find_task_rule(thread, task, policy)) ||
         find_task_rule(process, task->group_leader, policy);
}

/* What `rule` says of the task. */
static __always_inline void obey(struct task_struct* task,
                                 const struct gthulhu_cgroup_rule* rule,
                                 struct gthulhu_policy* policy) {
  struct gthulhu_name_key key = {.pod = rule->names_of};
  const struct gthulhu_policy* of_name;

  *policy = rule->policy;
  if (!key.pod.high && !key.pod.low) return;
  bpf_probe_read_kernel_str(key.comm, sizeof(key.comm), BPF_CORE_READ(task, group_leader, comm));
  of_name = bpf_map_lookup_elem(&name_rules, &key);
  if (of_name) *policy = *of_name;
}

/* Of a cgroup by its id, else by the pod that its name tells: that one may be older than it. */
static __always_inline const struct gthulhu_cgroup_rule* rule_of(struct cgroup* cgroup) {
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);
  const struct gthulhu_cgroup_rule* rule = bpf_map_lookup_elem(&cgroup_rules, &id);
  struct gthulhu_pod_uid pod;

  if (rule) return rule;
  pod = group_of(find_group(cgroup))->pod;
  return pod.high || pod.low ? bpf_map_lookup_elem(&pod_rules, &pod) : NULL;
}

static __always_inline bool find_cgroup_rule(struct task_struct* task,
                                             struct gthulhu_policy* policy) {
  struct cgroup* cgroup = cgroup_of(task);

  for (int level = 0; level < LEVELS_MOST && cgroup; ++level) {
    const struct gthulhu_cgroup_rule* rule = rule_of(cgroup);

    if (rule) {
      obey(task, rule, policy);
      return true;
    }
    cgroup = parent_of(cgroup);
  }
  return false;
}

static __noinline int resolve(struct task_struct* task, struct gthulhu_policy* policy) {
  const __u64 now = bpf_ktime_get_boot_ns();
  const struct gthulhu_policy none = {};

  if (!policy) return 0;
  if ((SETTINGS->lease_ends_ns && now >= SETTINGS->lease_ends_ns) ||
      (!find_own_rule(task, policy) && !find_cgroup_rule(task, policy)) || has_ended(policy, now))
    *policy = none;
  return 0;
}

static __always_inline void unbind(struct cgroup* cgroup) {
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);

  bpf_map_delete_elem(&cgroup_rules, &id);
}

/* The task has to look for its rule anew. */
static __always_inline void forget_rule(struct task_struct* task) {
  struct gthulhu_task* state = task_of(task);

  if (state) state->generation = 0;
}

/* All of them. 0 is the generation of those that have not looked yet. */
static __always_inline void forget_rules(void) {
  if (__sync_add_and_fetch(&shared.generation, 1) == 0) __sync_fetch_and_add(&shared.generation, 1);
}

/* A task has another name, by which rules go: that of a first thread is its process's. */
static __always_inline void forget_rule_of_name(struct task_struct* task) {
  if (task->group_leader == task && BPF_CORE_READ(task, signal, nr_threads) > 1)
    forget_rules();
  else
    forget_rule(task);
}
