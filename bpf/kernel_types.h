/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The kernel's types as far as our programs look into them. Only names count: libbpf finds where a
 * field is in the running kernel by its BTF (CO-RE), so fields may be in any order here and all
 * others are left out.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
  __u64 id; /* on 64-bit machines the inode number of its directory (kernfs_ino,
               include/linux/kernfs.h) */
};

struct cgroup {
  struct kernfs_node* kn;
};

struct cgroup_subsys_state {
  struct cgroup* cgroup;
};

struct css_set {
  struct cgroup_subsys_state* subsys[1]; /* by enum cgroup_subsys_id; as many as the kernel has */
  struct cgroup* dfl_cgrp;               /* in the v2 hierarchy */
};

struct task_struct {
  int pid;              /* of the thread */
  int tgid;             /* of the process */
  __u64 start_boottime; /* ns; /proc/PID/stat shows it in clock ticks */
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  char comm[16];
  struct css_set* cgroups;
};

#pragma clang attribute pop

/* The number of a controller depends on the kernel's configuration: read with bpf_core_enum_value.
 */
enum cgroup_subsys_id {
  cpu_cgrp_id,
};
