/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Slices that end when they end. The kernel looks at them at its tick, every 4 ms where there are
 * 250 a second; so a CPU has a timer, which runs only while somebody waits for the end.
 */
#pragma once

#include "scheduler_state.h"

#define CLOCK_MONOTONIC 1 /* include/uapi/linux/time.h */

/* A slice that ends within this counts as ended: the timer does not start for less. */
#define SLICE_END_NEAR_NS 20000

/* The timer is set earlier by as much as it is late, but never by more. */
#define TIMER_LEAD_MOST_NS 400000

/* A timer that should have ended so long ago is not running. */
#define TIMER_LOST_NS (10 * GTHULHU_MS)

/* Who waits with a short slice may have been taken over by another CPU, or may be dead: so long the
 * others' turns are as short as his. */
#define WAITING_SLICE_NS (50 * GTHULHU_MS)

struct own_timer {
  struct bpf_timer timer;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, GTHULHU_CPUS_MOST);
  __type(key, __u32);
  __type(value, struct own_timer);
} slice_timers SEC(".maps");

/* Readies a timer of a map; it does not run yet. */
static __always_inline __s32 prepare_timer(void* map, struct own_timer* timer, void* callback) {
  __s32 error;

  if (!timer) return -22; /* EINVAL */
  error = bpf_timer_init(&timer->timer, map, CLOCK_MONOTONIC);
  return error ? error : bpf_timer_set_callback(&timer->timer, callback);
}

/* The only one of a map, which runs from now on. */
static __always_inline __s32 start_only_timer(void* map, void* callback, __u64 in_ns) {
  const __u32 only = 0;
  struct own_timer* timer = bpf_map_lookup_elem(map, &only);
  const __s32 error = prepare_timer(map, timer, callback);

  return error ? error : bpf_timer_start(&timer->timer, in_ns, 0);
}

static __always_inline bool has_waiting(const struct gthulhu_cpu* cpu) {
  return cpu->ordinary_waits || cpu->boosted_waits || cpu->idle_waits;
}

/* Whether it matters when the slice ends. */
static __always_inline bool has_end(const struct gthulhu_cpu* cpu) {
  return has_waiting(cpu) || cpu->is_limited;
}

/* When the timer has to be set for so that the slice ends in time. */
static __always_inline __u64 timer_end(const struct gthulhu_cpu* cpu) {
  return cpu->run_slice_ends_ns ? cpu->run_slice_ends_ns - cpu->timer_late_ns : 0;
}

/* Under the run queue's lock. A timer that ends earlier is left: it looks again then. */
static __always_inline void watch_slice(__u32 id, struct gthulhu_cpu* cpu, __u64 now) {
  const __u64 ends = timer_end(cpu);
  struct own_timer* timer;

  if (!ends || (cpu->timer_ends_ns && cpu->timer_ends_ns <= ends &&
                cpu->timer_ends_ns + TIMER_LOST_NS > now))
    return;
  timer = bpf_map_lookup_elem(&slice_timers, &id);
  if (!timer) return;
  cpu->timer_ends_ns = ends;
  bpf_timer_start(&timer->timer, ends > now ? ends - now : 0, 0);
}

/* Somebody waits whose turns are to be so long. */
static __always_inline void await_slice(struct gthulhu_cpu* cpu, __u64 slice_ns, __u64 now) {
  const __u64 ends = cpu->run_at_ns + slice_ns;

  if (!cpu->waiting_slice_ns || slice_ns <= cpu->waiting_slice_ns) {
    cpu->waiting_slice_ns = slice_ns;
    cpu->waiting_until_ns = now + WAITING_SLICE_NS;
  }
  if (cpu->run_kind == GTHULHU_RUNS_NONE || cpu->run_kind == GTHULHU_RUNS_GUARDED) return;
  if (!cpu->run_slice_ends_ns || ends < cpu->run_slice_ends_ns) cpu->run_slice_ends_ns = ends;
}

/* Under the run queue's lock, when a task leaves or its slice is renewed. */
static __always_inline void learn_lateness(struct gthulhu_cpu* cpu, __u64 now) {
  __s64 late;

  if (!cpu->is_timer_kick) return;
  cpu->is_timer_kick = false;
  if (!cpu->run_slice_ends_ns) return;
  late = cpu->timer_late_ns + ((__s64)(now - cpu->run_slice_ends_ns) >> 3);
  cpu->timer_late_ns = late < 0 ? 0 : late > TIMER_LEAD_MOST_NS ? TIMER_LEAD_MOST_NS : late;
}

static int slice_ends(void* map, __u32* key, struct own_timer* timer) {
  const __u32 id = *key;
  struct gthulhu_cpu* cpu = cpu_of(id);
  __u64 now = time_now(), ends, set_for;

  if (!cpu) return 0;
  set_for = cpu->timer_ends_ns;
  cpu->timer_ends_ns = 0;
  ends = timer_end(cpu);
  /* A CPU that goes does not ask who is next. */
  if (!ends || cpu->is_offline || !has_end(cpu)) return 0;
  /* On an idle CPU that clock may stand still. */
  if ((__s64)(now - set_for) < 0) now = set_for;
  if (ends > now + SLICE_END_NEAR_NS) {
    cpu->timer_ends_ns = ends;
    bpf_timer_start(&timer->timer, ends - now, 0);
    return 0;
  }
  cpu->is_timer_kick = true;
  count(GTHULHU_TIMER_KICKS);
  scx_bpf_kick_cpu(id, FLAG(scx_kick_flags, SCX_KICK_PREEMPT));
  return 0;
}

static __always_inline __s32 init_slice_timer(__u32 id) {
  return prepare_timer(&slice_timers, bpf_map_lookup_elem(&slice_timers, &id), slice_ends);
}
