/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Who runs next on a CPU.
 */
#pragma once

#include "scheduler_starving.h"
#include "scheduler_wake.h"

static __always_inline struct gthulhu_candidate first_of(__u64 queue,
                                                         __u64 clock,
                                                         bool is_boosted) {
  __u64 vtime = 0;
  const bool exists = first_in(queue, &vtime);

  return gthulhu_candidate_of(exists, is_boosted, vtime, clock);
}

/* What is more due of what waits here and `previous`, which would go on. */
enum choice { CHOICE_TAKEN, CHOICE_PREVIOUS, CHOICE_NONE };

static __always_inline enum choice choose(__s32 id,
                                          struct gthulhu_cpu* cpu,
                                          const struct gthulhu_task* previous) {
  struct gthulhu_candidate going_on = {}, boosted = {}, ordinary = {};
  int choice;

  if (previous && !is_idle_class(previous))
    going_on = gthulhu_candidate_of(true, previous->policy.priority, previous->vtime, cpu->clock);
  if (cpu->boosted_waits) {
    boosted = first_of(BOOSTED_QUEUE(id), cpu->clock, true);
    if (!boosted.exists) {
      cpu->boosted_waits = false;
      /* One that a limit held back may just have been put there. */
      if (queued(BOOSTED_QUEUE(id))) cpu->boosted_waits = true;
    }
  }
  if (going_on.exists || boosted.exists) ordinary = first_of(ORDINARY_QUEUE(id), cpu->clock, false);
  choice = gthulhu_choose(boosted, ordinary, going_on);
  if (choice == GTHULHU_CHOICE_BOOSTED) {
    if (take_first(BOOSTED_QUEUE(id))) return CHOICE_TAKEN;
    boosted.exists = false;
    choice = gthulhu_choose(boosted, ordinary, going_on);
  }
  if (choice == GTHULHU_CHOICE_GOING_ON) return CHOICE_PREVIOUS;
  if (take_first(ORDINARY_QUEUE(id))) return CHOICE_TAKEN;
  cpu->ordinary_waits = false;
  if (queued(ORDINARY_QUEUE(id))) cpu->ordinary_waits = true;
  return going_on.exists ? CHOICE_PREVIOUS : CHOICE_NONE;
}

static __always_inline bool is_first_due(__u64 queue, __u64 clock, __s64 lead) {
  __u64 vtime = 0;

  return first_in(queue, &vtime) && gthulhu_is_due(vtime, clock, lead);
}

/* From the queues of another CPU. A busy CPU takes something over only from one that is behind. */
static __noinline bool pull(__s32 id, bool is_busy, __u64 now) {
  struct gthulhu_cpu* cpu = cpu_of(id);
  __u32 i;

  if (!cpu || (is_busy && now - cpu->looked_ns < SETTINGS->balance_ns / 4)) return false;
  cpu->looked_ns = now;
  bpf_for(i, 1, PEERS_MOST) {
    const __u32 at = other_cpu(id, i);
    struct gthulhu_cpu* peer = cpu_of(at);
    __s64 lead;

    if (!peer) break;
    if (!peer->ordinary_waits && !peer->boosted_waits) continue;
    if (is_busy) {
      lead = gthulhu_lead(cpu, peer);
      if (!gthulhu_may_relieve(lead, SETTINGS)) continue;
      if (!(peer->boosted_waits && is_first_due(BOOSTED_QUEUE(at), peer->clock, lead)) &&
          !is_first_due(ORDINARY_QUEUE(at), peer->clock, lead))
        continue;
      __sync_fetch_and_add(&peer->clock_offset, gthulhu_forgotten(lead, SETTINGS));
    }
    if ((peer->boosted_waits && take_first(BOOSTED_QUEUE(at))) || take_first(ORDINARY_QUEUE(at))) {
      count(GTHULHU_PULLED);
      return true;
    }
  }
  return false;
}

/* What nobody else wants here is for those of -20 of other CPUs. */
static __noinline bool pull_idle_class(__s32 id) {
  __u32 i;

  bpf_for(i, 1, PEERS_MOST) {
    const __u32 at = other_cpu(id, i);
    const struct gthulhu_cpu* peer = cpu_of(at);

    if (!peer) break;
    if (peer->idle_waits && take_first(IDLE_QUEUE(at))) return true;
  }
  return false;
}
