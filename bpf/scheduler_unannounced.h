/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What schedulers are not told of: cpu.max before Linux 6.17, and cpu.idle before it came to be an
 * operation. The kernel has both in what it keeps of the cgroup (struct task_group,
 * kernel/sched/sched.h), which is looked at once in a while.
 */
#pragma once

#include "scheduler_limits.h"

/* How soon a change is seen. */
#define UNANNOUNCED_LOOK_NS (250 * GTHULHU_MS)

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct own_timer);
} unannounced_timer SEC(".maps");

/* NULL: the cpu controller is off there, or about to come. */
static __always_inline struct task_group* task_group_of(struct cgroup* cgroup) {
  const void* at = (const void*)cgroup + bpf_core_field_offset(struct cgroup, subsys) +
                   sizeof(void*) * bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
  void* state = NULL;

  if (bpf_probe_read_kernel(&state, sizeof(state), at) || !state) return NULL;
  return state - bpf_core_field_offset(struct task_group, css);
}

static __always_inline void look_at_limit(__u32 number, struct task_group* of) {
  const struct gthulhu_limit* limit = limit_of(number);
  const __u64 quota_ns = BPF_CORE_READ(of, cfs_bandwidth.quota);
  const __u64 period_ns = BPF_CORE_READ(of, cfs_bandwidth.period);
  const __u64 burst_ns = BPF_CORE_READ(of, cfs_bandwidth.burst);

  if (quota_ns == GTHULHU_NO_QUOTA) {
    if (limit->quota_ns) set_limit(number, 0, GTHULHU_NO_QUOTA, 0);
  } else if (limit->quota_ns != quota_ns || limit->period_ns != period_ns ||
             limit->burst_ns != burst_ns) {
    set_limit(number, period_ns / 1000, quota_ns / 1000, burst_ns / 1000);
  }
}

static __always_inline void look_at_group(__u32 number) {
  struct gthulhu_group* group = group_of(number);
  struct cgroup* cgroup = (struct cgroup*)group->cgroup;
  struct task_group* of = cgroup ? task_group_of(cgroup) : NULL;

  if (!of) return;
  if (bpf_core_field_exists(of->idle))
    reweigh_group(group, BPF_CORE_READ(of, idle) ? 0 : group->set_weight);
  if (!bpf_core_field_exists(struct scx_cgroup_init_args, bw_quota_us) &&
      bpf_core_field_exists(of->cfs_bandwidth))
    look_at_limit(number, of);
}

static int look_at_groups(void* map, __u32* key, struct own_timer* timer) {
  __u32 number;

  bpf_for(number, 1, highest_group + 1) look_at_group(number);
  bpf_timer_start(&timer->timer, UNANNOUNCED_LOOK_NS, 0);
  return 0;
}

static __always_inline __s32 watch_unannounced(void) {
  return start_only_timer(&unannounced_timer, look_at_groups, UNANNOUNCED_LOOK_NS);
}
