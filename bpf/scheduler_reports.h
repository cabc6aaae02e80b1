/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the scheduler says of itself to those who ask.
 */
#pragma once

#include "scheduler_state.h"

/* For the kernel's text about an error, which says nothing of CPUs of which nobody does. */
SEC("struct_ops/gthulhu_dump_cpu")
void BPF_PROG(gthulhu_dump_cpu, struct scx_dump_ctx* context, __s32 id, bool is_idle) {
  const struct gthulhu_cpu* cpu = cpu_of(id);
  char format[] = "gthulhu: clock=%llu runs=%llu priority=%lld above0=%llu ordinary=%llu idle=%llu";
  unsigned long long values[6];

  if (!cpu || is_idle) return;
  values[0] = cpu->clock;
  values[1] = cpu->run_kind;
  values[2] = cpu->run_priority;
  values[3] = queued(BOOSTED_QUEUE(id));
  values[4] = queued(ORDINARY_QUEUE(id));
  values[5] = queued(IDLE_QUEUE(id));
  scx_bpf_dump_bstr(format, values, sizeof(values));
}

/* User space runs it. */
SEC("syscall")
int gthulhu_count_waiting(struct gthulhu_waiting* waiting) {
  const __u64 local = FLAG(scx_dsq_id_flags, SCX_DSQ_LOCAL_ON);
  __u64 in_queues = 0, chosen = 0;
  __u32 id;

  bpf_for(id, 0, shared.cpu_count) {
    in_queues += waiting_on(id);
    chosen += queued(local | id);
  }
  waiting->queued = in_queues;
  waiting->chosen = chosen;
  return 0;
}

SEC("struct_ops/gthulhu_exit")
void BPF_PROG(gthulhu_exit, struct scx_exit_info* info) {
  shared.ended.code = info->exit_code;
  bpf_probe_read_kernel_str(shared.ended.reason, sizeof(shared.ended.reason), info->reason);
  bpf_probe_read_kernel_str(shared.ended.message, sizeof(shared.ended.message), info->msg);
  bpf_probe_read_kernel_str(dump.text, sizeof(dump.text), info->dump);
  shared.ended.kind = info->kind;
}
