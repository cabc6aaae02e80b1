/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Rules do not outlive who made them (design D12): without a sign of life they end, and later the
 * scheduler with them.
 */
#pragma once

#include "scheduler_slices.h"

#define LEASE_LOOK_NS (1000 * GTHULHU_MS)

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct own_timer);
} lease_timer SEC(".maps");

static int look_at_lease(void* map, __u32* key, struct own_timer* timer) {
  const __u64 now = bpf_ktime_get_boot_ns();
  const __u64 lease_ends = SETTINGS->lease_ends_ns;
  const __u64 leave = SETTINGS->leave_ns;

  if (leave && now >= leave) {
    char message[] = "no sign of life";
    unsigned long long none = 0;

    scx_bpf_exit_bstr(GTHULHU_LEFT_ALONE, message, &none, 0);
    return 0;
  }
  /* Every task looks for its rule again, and finds none. */
  if (lease_ends && now >= lease_ends && now < lease_ends + 2 * LEASE_LOOK_NS)
    __sync_fetch_and_add(&shared.generation, 1);
  bpf_timer_start(&timer->timer, LEASE_LOOK_NS, 0);
  return 0;
}

static __always_inline __s32 watch_lease(void) {
  return start_only_timer(&lease_timer, look_at_lease, LEASE_LOOK_NS);
}
