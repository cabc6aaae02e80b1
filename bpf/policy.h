/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The scheduler's decisions, as far as they need nothing of the kernel: plain C, for the program in
 * the kernel, for the unit tests and for the simulator.
 *
 * Fair queueing by start tags (Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996), per CPU:
 * a task's virtual time advances by what it ran divided by its weight, the one that is least far
 * goes first, and the CPU's clock is the start tag of the last that went in this order. A task
 * above 0 goes out of this order, before all others, for as long as it is not ahead of the clock:
 * so it gets its share early, but no more than its share.
 */
#pragma once

#include <linux/types.h>

#include "scheduler_record.h"

#define GTHULHU_MS 1000000ULL

/* Shares are what is due to somebody: so much is one CPU. */
#define GTHULHU_SHARE_ONE (1ULL << 30)

enum {
  GTHULHU_WEIGHT_ONE = 1024, /* of nice 0, and of a cgroup whose cpu.weight is 100 */
  GTHULHU_WEIGHT_IDLE = 3,   /* WEIGHT_IDLEPRIO, kernel/sched/sched.h: of SCHED_IDLE and cpu.idle */
  GTHULHU_PRIORITY_IDLE = -20,
};

/* What holds unless user space says otherwise (struct gthulhu_settings). */
#define GTHULHU_SETTINGS                  \
  {                                       \
      .slice_ns = 3 * GTHULHU_MS,         \
      .boosted_slice_ns = 3 * GTHULHU_MS, \
      .starve_ns = 50 * GTHULHU_MS,       \
      .guard_ns = 4 * GTHULHU_MS,         \
      .idle_starve_ns = 500 * GTHULHU_MS, \
      .wait_ns = 90 * GTHULHU_MS,         \
      .lag_ns = 10 * GTHULHU_MS,          \
      .privilege_ns = 20 * GTHULHU_MS,    \
      .granularity_ns = GTHULHU_MS / 2,   \
      .protected_ns = GTHULHU_MS / 20,    \
      .ahead_ns = 10 * GTHULHU_MS,        \
      .balance_ns = 150 * GTHULHU_MS,     \
      .lease_ends_ns = 0,                 \
      .leave_ns = 0,                      \
  }

/* How long a task may wait before the kernel throws us out; it takes no more than 30 s. */
#define GTHULHU_WATCHDOG_NS (30000 * GTHULHU_MS)

/* 1024 x 1.25^-nice, from nice -20 on (sched_prio_to_weight, kernel/sched/core.c, has the same
 * within one hundredth). */
static const __u32 gthulhu_weights[40] = {
    88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921, 9537, 7629, 6104, 4883,
    3906,  3125,  2500,  2000,  1600,  1280,  1024,  819,   655,   524,   419,  336,  268,  215,
    172,   137,   110,   88,    70,    56,    45,    36,    29,    23,    18,   15};

/* A task's own nice is moved by -priority, within -20...19. */
static inline __u32 gthulhu_weight(int nice, int priority) {
  int index = nice - priority + 20;

  if (index < 0) index = 0;
  if (index > 39) index = 39;
  return gthulhu_weights[index];
}

/* Of two virtual times, which may have passed 2^64. */
static inline int gthulhu_is_before(__u64 one, __u64 other) {
  return (__s64)(one - other) < 0;
}

/* As the file cpu.weight says, which is 0 where cpu.idle is set. */
static inline __u64 gthulhu_weight_of_group(__u32 cpu_weight) {
  return cpu_weight ? (__u64)cpu_weight * GTHULHU_WEIGHT_ONE / 100 : GTHULHU_WEIGHT_IDLE;
}

/* What a part of `weight` gets of a share that is divided among parts of `load` together. A task
 * that is boosted counts there with what it would have otherwise, so that nobody loses to it more
 * than anybody else. */
static inline __u64 gthulhu_part(__u64 share, __u64 weight, __u64 load) {
  return share * weight / (load > 0 ? load : 1);
}

/* How far a task's virtual time advances. */
static inline __u64 gthulhu_virtual(__u64 run_ns, __u64 share) {
  const __u64 run_most = 1ULL << 32, share_least = GTHULHU_SHARE_ONE >> 20;

  if (run_ns > run_most) run_ns = run_most;
  return run_ns * GTHULHU_SHARE_ONE / (share < share_least ? share_least : share);
}

/* A task has run: its virtual time advances. */
static inline void gthulhu_advance(struct gthulhu_task* state, __u64 ran_ns) {
  state->vtime += gthulhu_virtual(ran_ns, state->share);
  state->ran_ns += ran_ns;
  state->awake_ns += ran_ns;
  state->turn_ns += ran_ns;
}

/* The start tag of the turn that a task has or will have. Who is interrupted before it is over, by
 * one who was woken, waits with that, and goes on before those who come after it; else each who
 * wakes and takes the CPU for a moment would send him behind all of his equals. */
static inline __u64 gthulhu_start_tag(const struct gthulhu_task* state) {
  return state->turn_ns && gthulhu_is_before(state->turn_vtime, state->vtime) ? state->turn_vtime
                                                                              : state->vtime;
}

/* A task begins to run, or goes on. */
static inline void gthulhu_begin_turn(struct gthulhu_task* state) {
  state->turn_vtime = gthulhu_start_tag(state);
}

static inline void gthulhu_end_turn(struct gthulhu_task* state) {
  state->turn_ns = 0;
  state->turn_vtime = state->vtime;
}

/* So many who wait count for how far another may be ahead. With thousands, whoever has run would
 * wait for all of them: for longer than the kernel's RCU lets a reader wait, who may have been
 * preempted. */
#define GTHULHU_WAITING_MOST 16

/* Whether a task is so far ahead that it matters how many wait on its CPU. */
static inline int gthulhu_is_far_ahead(__u64 vtime,
                                       __u64 clock,
                                       const struct gthulhu_settings* settings) {
  return gthulhu_is_before(clock + settings->wait_ns, vtime);
}

/* Where a task stands on a CPU on which so many wait: never so far behind the others that it would
 * wait for longer than is promised (design D11), which is more where more wait; and one that has
 * slept keeps no more than `lag_ns` of what it left unused, nor more than that of CPU time. */
static inline __u64 gthulhu_placed(__u64 vtime,
                                   __u64 clock,
                                   __u64 share,
                                   int priority,
                                   int has_slept,
                                   __u64 waiting,
                                   const struct gthulhu_settings* settings) {
  const __u64 one = priority < 0 ? 10 * settings->wait_ns : settings->wait_ns;
  const __u64 counted = waiting > GTHULHU_WAITING_MOST ? GTHULHU_WAITING_MOST : waiting;
  const __u64 most = clock + one * (counted ? counted : 1);

  if (gthulhu_is_before(most, vtime)) return most;
  if (has_slept) {
    const __u64 lag =
        share > GTHULHU_SHARE_ONE ? gthulhu_virtual(settings->lag_ns, share) : settings->lag_ns;

    if (gthulhu_is_before(vtime, clock - lag)) return clock - lag;
  }
  return vtime;
}

/* Whether a task goes before those that wait in order. */
static inline int gthulhu_is_within_share(int priority, __u64 vtime, __u64 clock) {
  return priority > 0 && !gthulhu_is_before(clock, vtime);
}

static inline int gthulhu_kind(int priority) {
  if (priority == GTHULHU_PRIORITY_IDLE) return GTHULHU_RUNS_IDLE;
  return priority > 0 ? GTHULHU_RUNS_BOOSTED : GTHULHU_RUNS_ORDINARY;
}

/* A CPU's clock when a task begins to run there, by its start tag: by what one has run of his turn
 * already it would run ahead, and who sleeps is taken along with it, but not who waits. */
static inline __u64 gthulhu_clock(__u64 clock, __u64 start_tag, int kind, int is_out_of_order) {
  const int counts = !is_out_of_order && kind != GTHULHU_RUNS_IDLE;

  return counts && gthulhu_is_before(clock, start_tag) ? start_tag : clock;
}

static inline __u64 gthulhu_slice(const struct gthulhu_policy* policy,
                                  const struct gthulhu_settings* settings) {
  if (policy->slice_ns) return policy->slice_ns;
  return policy->priority > 0 ? settings->boosted_slice_ns : settings->slice_ns;
}

/* Who runs for long is asked in between whether somebody who has waited for long comes first: so
 * long goes on at most what is left of a slice. */
static inline __u64 gthulhu_stretch(__u64 slice_ns, const struct gthulhu_settings* settings) {
  const __u64 most = settings->starve_ns / 2;

  return slice_ns < most ? slice_ns : most;
}

/* What is left of the slice of a rule that is longer than that; the kernel would end what is hardly
 * worth it with its tick only. */
static inline __u64 gthulhu_slice_left(__u64 slice_ns,
                                       __u64 ends_ns,
                                       __u64 now,
                                       const struct gthulhu_settings* settings) {
  const __u64 least = settings->granularity_ns;

  return slice_ns > settings->starve_ns / 2 && ends_ns > now + least ? ends_ns - now : 0;
}

/* After how long a task that runs is looked at between two ticks; 0: never. One who waits with a
 * short slice does not wait for a long one: both take turns of the shorter. */
static inline __u64 gthulhu_exact_slice(__u64 own_ns, __u64 waiting_ns) {
  if (!own_ns || !waiting_ns) return own_ns + waiting_ns;
  return own_ns < waiting_ns ? own_ns : waiting_ns;
}

/* What runs on a CPU, for a task that has been woken and looks for one. */
struct gthulhu_running {
  __u64 vtime;    /* by now */
  __u64 ran_ns;   /* in this run */
  __u64 burst_ns; /* how long it runs from one sleep to the next */
  int priority;
  int kind; /* enum gthulhu_run_kind */
};

static inline struct gthulhu_running gthulhu_running_at(const struct gthulhu_cpu* cpu, __u64 now) {
  struct gthulhu_running running;
  const __u64 run_at = cpu->run_at_ns;

  running.kind = cpu->run_kind;
  running.priority = cpu->run_priority;
  running.vtime = cpu->run_vtime;
  running.ran_ns = now > run_at ? now - run_at : 0;
  running.burst_ns = cpu->run_burst_ns;
  if (now > run_at) running.vtime += gthulhu_virtual(now - run_at, cpu->run_share);
  return running;
}

/* A task goes to sleep: what its bursts are like is the mean of all, the later ones counting more.
 */
static inline void gthulhu_end_burst(struct gthulhu_task* state) {
  gthulhu_end_turn(state);
  state->burst_ns += state->awake_ns / 4 - state->burst_ns / 4;
  state->awake_ns = 0;
}

/* How long a task runs before it sleeps, going by the past; of one that never did, a part of what
 * it ran. */
static inline __u64 gthulhu_expected_burst(const struct gthulhu_task* state) {
  const __u64 seen = state->awake_ns / 4;

  return state->burst_ns > seen ? state->burst_ns : seen;
}

/* A task that has run has to wait, though nobody has asked whether its turn is over. It is for one
 * who would not have slept before its end: where busy loops wait for each other's whole turns the
 * clock goes in large steps, and who wakes is ahead of it for long. It is, too, where little was
 * due to it, which it has had then; and one above 0 is first or not by what it ran. */
static inline void gthulhu_interrupt_turn(struct gthulhu_task* state,
                                          __u64 slice_ns,
                                          const struct gthulhu_settings* settings) {
  if (state->policy.priority > 0 || gthulhu_expected_burst(state) >= slice_ns ||
      state->turn_ns >= slice_ns ||
      gthulhu_is_before(state->turn_vtime + settings->wait_ns, state->vtime))
    gthulhu_end_turn(state);
}

/* A task of `priority` runs on a CPU from now on, or will as soon as what runs there has stopped:
 * whoever is woken meanwhile is held against it already. */
static inline void gthulhu_note_run(struct gthulhu_cpu* cpu,
                                    const struct gthulhu_task* state,
                                    int kind,
                                    __u64 now) {
  cpu->run_vtime = state->vtime;
  cpu->run_at_ns = now;
  cpu->run_share = state->share;
  cpu->run_burst_ns = gthulhu_expected_burst(state);
  cpu->run_priority = state->policy.priority;
  cpu->run_kind = (__u8)kind;
}

/* Whether what runs has just begun, and works without sleeping: one who wakes many would lose the
 * CPU to each of them. One who mostly sleeps right after is best left at once. */
static inline int gthulhu_is_protected(const struct gthulhu_running* running,
                                       const struct gthulhu_settings* settings) {
  return running->ran_ns < settings->protected_ns &&
         running->burst_ns >= 10 * settings->protected_ns;
}

/* Whether a woken task of `priority`, which is not -20, takes the CPU from what runs there. */
static inline int gthulhu_preempts(int priority,
                                   __u64 vtime,
                                   __u64 clock,
                                   __u64 awake_ns,
                                   const struct gthulhu_running* running,
                                   const struct gthulhu_settings* settings) {
  const int is_within =
      gthulhu_is_within_share(priority, vtime, clock) && awake_ns < settings->privilege_ns;
  const int is_due = !gthulhu_is_protected(running, settings) &&
                     gthulhu_is_before(vtime + settings->granularity_ns, running->vtime) &&
                     gthulhu_is_before(vtime, clock + settings->ahead_ns);

  switch (running->kind) {
    case GTHULHU_RUNS_IDLE: return 1;
    case GTHULHU_RUNS_ORDINARY: return is_within || is_due;
    case GTHULHU_RUNS_BOOSTED:
      if (gthulhu_is_within_share(running->priority, running->vtime, clock))
        return is_within && priority > running->priority;
      return is_within || is_due;
    default: return 0;
  }
}

/* Somebody who may be next on a CPU. */
struct gthulhu_candidate {
  int exists;
  int is_within_share;
  __u64 vtime;
};

static inline int gthulhu_goes_before(struct gthulhu_candidate one,
                                      struct gthulhu_candidate other) {
  if (!one.exists || !other.exists) return one.exists;
  if (one.is_within_share != other.is_within_share) return one.is_within_share;
  return gthulhu_is_before(one.vtime, other.vtime);
}

/* `vtime` is of no account when nobody is there. */
static inline struct gthulhu_candidate gthulhu_candidate_of(int exists,
                                                            int priority,
                                                            __u64 vtime,
                                                            __u64 clock) {
  struct gthulhu_candidate one;

  one.exists = exists;
  one.vtime = vtime;
  one.is_within_share = exists && gthulhu_is_within_share(priority, vtime, clock);
  return one;
}

enum gthulhu_choice {
  GTHULHU_CHOICE_BOOSTED,  /* the first of those above 0 */
  GTHULHU_CHOICE_ORDINARY, /* the first of the ordinary ones, if there is one */
  GTHULHU_CHOICE_GOING_ON, /* who runs goes on */
};

/* Who is most due. Between equals who runs goes on, and an ordinary one comes after one above 0. */
static inline int gthulhu_choose(struct gthulhu_candidate boosted,
                                 struct gthulhu_candidate ordinary,
                                 struct gthulhu_candidate going_on) {
  if (boosted.exists && gthulhu_goes_before(boosted, going_on) &&
      !gthulhu_goes_before(ordinary, boosted))
    return GTHULHU_CHOICE_BOOSTED;
  if (going_on.exists && !gthulhu_goes_before(ordinary, going_on)) return GTHULHU_CHOICE_GOING_ON;
  return GTHULHU_CHOICE_ORDINARY;
}

/* How far a CPU is before another, whose clocks and offsets these are. */
static inline __s64 gthulhu_lead(const struct gthulhu_cpu* one, const struct gthulhu_cpu* other) {
  return (__s64)(one->clock - other->clock) + one->clock_offset - other->clock_offset;
}

/* Whether a busy CPU may take something over from another that it leads by so much. */
static inline int gthulhu_may_relieve(__s64 lead, const struct gthulhu_settings* settings) {
  return lead >= (__s64)settings->balance_ns;
}

/* Whether the first of those who wait on a CPU, whose clock is behind by so much, would be due on
 * the one that leads. Who has had his share already is no burden, and would run there for nothing:
 * one of little weight is far ahead after each run. */
static inline int gthulhu_is_due(__u64 vtime, __u64 clock, __s64 lead) {
  return !gthulhu_is_before(clock + (__u64)lead, vtime);
}

/* What of a lead is forgotten: what cannot be put right, as where tasks are bound to CPUs, is not
 * remembered. */
static inline __s64 gthulhu_forgotten(__s64 lead, const struct gthulhu_settings* settings) {
  const __s64 most = (__s64)settings->balance_ns;

  return lead > most ? lead - most : 0;
}

/* The virtual time of a task that changes CPUs. Between CPUs that are kept level, as far from what
 * these have in common as before, so that who is moved often loses nothing; else, and
 * for a sleeper, which shall not lose its turn on a CPU that is behind, as far from the clock. */
static inline __u64 gthulhu_carried(__u64 vtime,
                                    const struct gthulhu_cpu* before,
                                    const struct gthulhu_cpu* cpu,
                                    int has_slept,
                                    const struct gthulhu_settings* settings) {
  const __s64 most = 2 * (__s64)settings->balance_ns;
  const __s64 lead = gthulhu_lead(cpu, before);

  vtime += cpu->clock - before->clock;
  return !has_slept && lead >= -most && lead <= most ? vtime - (__u64)lead : vtime;
}

/* A task changes CPUs. */
static inline void gthulhu_carry(struct gthulhu_task* state,
                                 const struct gthulhu_cpu* before,
                                 const struct gthulhu_cpu* cpu,
                                 const struct gthulhu_settings* settings) {
  const __u64 vtime = gthulhu_carried(state->vtime, before, cpu, state->has_slept, settings);

  state->turn_vtime += vtime - state->vtime;
  state->vtime = vtime;
}
