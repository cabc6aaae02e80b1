/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Tells of every start, exec, rename, move and end of a task, in the order in which the kernel does
 * it. Raw tracepoints: they need no tracefs, and exist since Linux 4.17; `start_boottime`
 * since 5.5, the ring buffer since 5.8.
 */
// clang-format off: libbpf's headers want the types before them
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "cgroup_of.h"
#include "task_event_record.h"

char LICENSE[] SEC("license") = "GPL";

/* Events that found the ring full. */
__u64 lost;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries,
         2 * 1024 * 1024); /* 32,768 events: nobody takes them while systemd is asked */
} events SEC(".maps");

/* Cgroups in which nobody is interested, by id. What has to make room is told of once more. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u8);
} ignored SEC(".maps");

static __always_inline __u64 cgroup_id_of(struct task_struct* task) {
  return BPF_CORE_READ(cgroup_of(task), kn, id);
}

/* Where its process is of interest, so are all its threads. */
static __always_inline bool is_ignored(struct task_struct* task, __u64 cgroup_id) {
  struct task_struct* leader;
  __u64 leaders_id;

  if (!bpf_map_lookup_elem(&ignored, &cgroup_id)) return false;
  leader = BPF_CORE_READ(task, group_leader);
  if (leader == task) return true;
  leaders_id = cgroup_id_of(leader);
  return bpf_map_lookup_elem(&ignored, &leaders_id);
}

/* `name` is what the task is about to be called, or NULL. */
static __always_inline int tell(__u32 kind, struct task_struct* task, const char* name) {
  const bool is_move = kind == GTHULHU_TASK_MOVED || kind == GTHULHU_PROCESS_MOVED;
  const __u64 cgroup_id = cgroup_id_of(task);
  struct gthulhu_task_event* event;

  /* A move may be one out of a cgroup that is of interest. */
  if (!is_move && is_ignored(task, cgroup_id)) return 0;
  event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) {
    __sync_fetch_and_add(&lost, 1);
    return 0;
  }
  event->at_ns = bpf_ktime_get_ns();
  event->start_boottime_ns = BPF_CORE_READ(task, start_boottime);
  event->cgroup_id = cgroup_id;
  event->kind = kind;
  event->tid = BPF_CORE_READ(task, pid);
  event->tgid = BPF_CORE_READ(task, tgid);
  event->parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
  if (name)
    bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), name);
  else
    BPF_CORE_READ_STR_INTO(&event->comm, task, comm);
  bpf_ringbuf_submit(event, 0);
  return 0;
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(task_started, struct task_struct* parent, struct task_struct* child) {
  return tell(GTHULHU_TASK_STARTED, child, NULL);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(task_executed, struct task_struct* task) {
  return tell(GTHULHU_TASK_EXECUTED, task, NULL);
}

SEC("raw_tp/task_rename")
int BPF_PROG(task_renamed, struct task_struct* task, const char* name) {
  return tell(GTHULHU_TASK_RENAMED, task, name);
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(task_ended, struct task_struct* task) {
  return tell(GTHULHU_TASK_ENDED, task, NULL);
}

SEC("raw_tp/cgroup_attach_task")
int BPF_PROG(
    task_moved, struct cgroup* to, const char* path, struct task_struct* task, bool with_threads) {
  return tell(with_threads ? GTHULHU_PROCESS_MOVED : GTHULHU_TASK_MOVED, task, NULL);
}
