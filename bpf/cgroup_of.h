/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Where a task is in the hierarchy that has the cpu controller.
 */
#pragma once

// clang-format off: libbpf's headers want the types before them
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
// clang-format on

/* Set before loading: the cpu controller is in a hierarchy of cgroup v1. */
const volatile bool cpu_is_on_v1;

static __always_inline struct cgroup* cgroup_of(struct task_struct* task) {
  struct css_set* set = BPF_CORE_READ(task, cgroups);
  struct cgroup_subsys_state* state;
  const void* subsys;

  if (!cpu_is_on_v1) return BPF_CORE_READ(set, dfl_cgrp);
  subsys = (const void*)set + bpf_core_field_offset(struct css_set, subsys) +
           sizeof(void*) * bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
  if (bpf_probe_read_kernel(&state, sizeof(state), subsys)) return NULL;
  return BPF_CORE_READ(state, cgroup);
}

/* The same for programs to which the kernel has handed `task` with its type: nothing has to be
 * checked again at each step. */
static __always_inline struct cgroup* trusted_cgroup_of(struct task_struct* task) {
  struct css_set* set = task->cgroups;
  struct cgroup_subsys_state** subsys;

  if (!cpu_is_on_v1) return set->dfl_cgrp;
  subsys = (void*)set + bpf_core_field_offset(struct css_set, subsys) +
           sizeof(void*) * bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
  return (*subsys)->cgroup;
}

/* The one right above, NULL for the root. */
static __always_inline struct cgroup* parent_of(struct cgroup* cgroup) {
  const void* parent = BPF_CORE_READ(cgroup, self.parent);

  return parent ? (struct cgroup*)(parent - bpf_core_field_offset(struct cgroup, self)) : NULL;
}
