/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Which rule holds for a task: its own, else that of its process, else that of the nearest cgroup
 * that has one.
 */
#pragma once

#include "cgroup_of.h"
#include "pod_uid.h"
#include "scheduler_state.h"

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
  struct gthulhu_verdict_key key = {.verdicts = rule->verdicts};
  const struct gthulhu_policy* verdict;

  *policy = rule->policy;
  if (!rule->verdicts) return;
  bpf_probe_read_kernel_str(key.comm, sizeof(key.comm), BPF_CORE_READ(task, group_leader, comm));
  verdict = bpf_map_lookup_elem(&verdicts, &key);
  if (verdict) *policy = *verdict;
}

static __always_inline bool find_cgroup_rule(struct task_struct* task,
                                             struct gthulhu_policy* policy) {
  struct cgroup* cgroup = cgroup_of(task);

  for (int level = 0; level < LEVELS_MOST && cgroup; ++level) {
    const __u64 id = BPF_CORE_READ(cgroup, kn, id);
    const struct gthulhu_cgroup_rule* rule = bpf_map_lookup_elem(&cgroup_rules, &id);

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

/* A cgroup of a pod for which there is a rule already: it holds before anything runs there. */
static __always_inline void bind_pod(struct cgroup* cgroup) {
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);
  char name[GTHULHU_CGROUP_NAME_MOST] = {};
  const struct gthulhu_cgroup_rule* rule;
  struct gthulhu_pod_uid uid = {};
  const long size = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(cgroup, kn, name));

  if (size <= 0 || !gthulhu_find_pod_uid(name, size - 1, &uid)) return;
  rule = bpf_map_lookup_elem(&pod_rules, &uid);
  if (rule) bpf_map_update_elem(&cgroup_rules, &id, rule, BPF_ANY);
}

static __always_inline void unbind(struct cgroup* cgroup) {
  const __u64 id = BPF_CORE_READ(cgroup, kn, id);

  bpf_map_delete_elem(&cgroup_rules, &id);
}

/* Its name, by which verdicts go, may be another one from now on. */
static __always_inline void forget_rule(struct task_struct* task) {
  struct gthulhu_task* state = task_of(task);

  if (state) state->generation = 0;
}
