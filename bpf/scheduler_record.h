/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What scheduler.bpf.c and the decision maker tell each other: rules, settings, figures. Times are
 * ns; those of rules are of CLOCK_BOOTTIME.
 */
#pragma once

#include <linux/types.h>

enum {
  GTHULHU_CPUS_MOST = 1024,
  GTHULHU_RULES_MOST = 16384,  /* of each kind */
  GTHULHU_NAMES_MOST = 65536,  /* rules for names of processes */
  GTHULHU_GROUPS_MOST = 16384, /* cgroups with the cpu controller */
  GTHULHU_COMM_BYTES = 16,
  GTHULHU_NS_PER_TICK = 10000000, /* of /proc (USER_HZ, fs/proc/array.c: nsec_to_clock_t) */
};

/* How a task is to run. All zero: as if there were no rule. */
struct gthulhu_policy {
  __u64 expires_ns; /* from then on it is none; 0: it lasts as long as the lease */
  __u64 slice_ns;   /* 0: the policy's default */
  __s8 priority;    /* -20...20; -20: only when nobody else wants the CPU */
  __u8 padding[7];
};

/* The number of a pod's UID, as 32 hexadecimal digits say it. */
struct gthulhu_pod_uid {
  __u64 high;
  __u64 low;
};

/* What holds in a cgroup, or in a pod, and in cgroups below it that have no rule of their own. */
struct gthulhu_cgroup_rule {
  struct gthulhu_policy policy;
  struct gthulhu_pod_uid names_of; /* the pod whose rules for names go before; 0: none */
};

/* Of a process, or of one thread. */
struct gthulhu_task_key {
  __u32 number;    /* of the process, or of the thread */
  __u32 is_thread; /* 0: for all threads of the process that have no rule of their own */
};

/* What holds for it, whatever holds for its cgroup. */
struct gthulhu_task_rule {
  struct gthulhu_policy policy;
  /* Of the thread, or of the first one of the process, in ticks as in /proc/PID/stat: another task
   * with its number is not meant. */
  __u64 start_ticks;
};

/* The processes of a pod that have a name: the comm of the first thread, with zeros behind. */
struct gthulhu_name_key {
  struct gthulhu_pod_uid pod;
  char comm[GTHULHU_COMM_BYTES];
};

/* All may be changed at any time. */
struct gthulhu_settings {
  __u64 slice_ns;         /* of tasks without a rule */
  __u64 boosted_slice_ns; /* of tasks above 0 whose rule has none */
  __u64 starve_ns; /* so long tasks of 0 and below wait for those above, then it is their turn */
  __u64 guard_ns;  /* how long that turn is */
  __u64 idle_starve_ns; /* the same for tasks of -20 */
  __u64 wait_ns; /* so far ahead of others a task of 0 and above is at most, for each who waits */
  __u64 lag_ns;  /* what a sleeper keeps of the share that it left unused */
  __u64 privilege_ns;   /* after running so long without sleep a task above 0 preempts no more */
  __u64 granularity_ns; /* so far ahead must be whom an ordinary wake-up preempts */
  __u64 protected_ns;   /* so long runs who works without sleeping, before one does */
  __u64 ahead_ns;       /* who is so far ahead of a CPU's clock preempts nobody */
  __u64 balance_ns;     /* so far behind must be the CPU that is relieved by a busy one */
  __u64 lease_ends_ns;  /* from then on all rules are as if they were not; 0: never */
  __u64 leave_ns;       /* from then on the kernel's own scheduler takes over; 0: never */
};

/* Why the kernel let us go (struct scx_exit_info, kernel/sched/ext_internal.h). */
struct gthulhu_ended {
  __s64 code;
  __s32 kind; /* enum scx_exit_kind; 0: it has not */
  char reason[128];
  char message[260];
};

/* What the kernel and we had to say of CPUs and tasks when an error ended us; a text with an end.
 * As long as the kernel's own is without a wish for another (SCX_EXIT_DUMP_DFL_LEN). */
struct gthulhu_dump {
  char text[32768];
};

/* How many wait now. */
struct gthulhu_waiting {
  __u32 queued; /* in our queues */
  __u32 chosen; /* in the kernel's queues of CPUs: they run there next */
};

/* What both sides see and user space may write. */
struct gthulhu_shared {
  __u32 generation; /* another one, not 0, whenever rules may have changed */
  __u32 cpu_count;  /* those that there may be */
  __u32 has_thread_rules;
  __u32 padding;
  struct gthulhu_settings settings;
  struct gthulhu_ended ended;
};

/* The exit code with which the scheduler ends itself: leave_ns is over. */
enum { GTHULHU_LEFT_ALONE = 1 };

/* How a task got to a CPU. */
enum gthulhu_path {
  GTHULHU_TO_IDLE_CPU,     /* woken onto an idle CPU */
  GTHULHU_TO_KERNEL_FIRST, /* a kernel thread of one CPU */
  GTHULHU_TO_PREEMPT,      /* instead of a weaker one */
  GTHULHU_TO_BOOSTED,      /* waited among those above 0 */
  GTHULHU_TO_ORDINARY,     /* waited among the others */
  GTHULHU_TO_IDLE_CLASS,   /* waited among those of -20 */
  GTHULHU_KEPT,            /* went on, nobody else was more due */
  GTHULHU_GUARD_TURNS,     /* got its turn because it had waited for long */
  GTHULHU_PULLED,          /* from another CPU's queue */
  GTHULHU_RESOLVED,        /* looked for its rule */
  GTHULHU_WITHOUT_STATE,   /* ran with defaults: no memory for its state */
  GTHULHU_TIMER_KICKS,     /* a slice was ended between two ticks */
  GTHULHU_HELD,            /* held back by a limit */
  GTHULHU_SENT_BACK,       /* got to a CPU, but others had used up the budget meanwhile */
  GTHULHU_PATHS,
};

/* What runs on a CPU. */
enum gthulhu_run_kind {
  GTHULHU_RUNS_NONE,     /* nothing of ours: idle, or a task of a stronger class */
  GTHULHU_RUNS_BOOSTED,  /* above 0 */
  GTHULHU_RUNS_ORDINARY, /* 0 and below, above -20 */
  GTHULHU_RUNS_IDLE,     /* of -20 */
  GTHULHU_RUNS_GUARDED,  /* a turn that is not to be cut */
  GTHULHU_RUNS_KERNEL,   /* a kernel thread of this CPU */
};

/* Of each CPU, a cache line of its own and more. */
struct gthulhu_cpu {
  __u64 clock;             /* virtual time of those that run in order */
  __s64 clock_offset;      /* added where clocks of two CPUs are compared; other CPUs add to it */
  __u64 run_vtime;         /* of the task that runs, when it began */
  __u64 run_at_ns;         /* when it began */
  __u64 run_slice_ends_ns; /* 0: the tick is exact enough */
  __u64 waiting_slice_ns;  /* the shortest slice of a rule for one who waits; 0: there is none */
  __u64 waiting_until_ns;  /* from then on it is not known whether he still waits here */
  __u64 run_share;
  __u64 run_burst_ns; /* how long it runs before it sleeps, as it seemed when it began */
  __s8 run_priority;
  __u8 run_kind; /* enum gthulhu_run_kind */
  /* Some may wait in the queue; other CPUs read it. */
  __u8 boosted_waits;
  __u8 ordinary_waits;
  __u8 idle_waits;
  __u8 is_guard_due;       /* what runs next is not to be cut */
  __u8 is_timer_kick;      /* the timer has ended the slice */
  __u8 is_limited;         /* the slice ends even if nobody waits */
  __u8 is_offline;         /* it asks for no tasks any more */
  __u64 ordinary_since_ns; /* since when those of 0 and below have had no CPU */
  __u64 idle_since_ns;     /* since when those of -20 have had none */
  __u64 looked_ns;         /* for work on other CPUs */
  __u64 overdue_look_ns;   /* when to look for who is overdue of those who wait here */
  __u64 timer_ends_ns;     /* 0: it is not armed */
  __u64 timer_late_ns;     /* how late a slice ends that the timer ends, of late */
  __u64 paths[GTHULHU_PATHS];
} __attribute__((aligned(128)));

/* The queue of those whom the limit with a number holds back: these upper 32 bits ("gth"), which
 * other schedulers hardly use, and below them the number. Bits 63 and 62 are the kernel's (enum
 * scx_dsq_id_flags). */
#define GTHULHU_LIMITED_QUEUES 0x00677468ULL

static inline __u64 gthulhu_limited_queue(__u32 number) {
  return GTHULHU_LIMITED_QUEUES << 32 | number;
}

static inline int gthulhu_is_limited_queue(__u64 id) {
  return id >> 32 == GTHULHU_LIMITED_QUEUES;
}

/* The cpu.max of a cgroup with the same number. Any CPU changes it. */
struct gthulhu_limit {
  __u64 quota_ns; /* 0: there is no limit */
  __u64 period_ns;
  __u64 burst_ns;
  __s64 budget_ns;         /* what is left; below 0 it is debt */
  __u64 refill_ns;         /* when the next quota comes */
  __u64 held_ns;           /* when somebody was last held back */
  __u64 waited_ns;         /* of all who are, together, since one was let go in spite of debt */
  __u64 looked_ns;         /* when it was last looked whether somebody may go */
  __u64 cgroup;            /* whose the three counts are, by its id; 0 while they begin anew */
  __u64 throttled_ns;      /* how long somebody was held back, of all time until the next one */
  __u64 throttled_at_ns;   /* since when somebody is whose time is to be added; 0: nobody */
  __u64 periods;           /* in which somebody ran on account of it or was held back */
  __u64 throttled_periods; /* in which somebody was held back */
  __u32 is_watched;        /* the timer runs */
  __u32 has_queue;         /* there are a queue and a timer for this number */
} __attribute__((aligned(128)));

/* A cgroup with the cpu controller. The first of all is the root, and stands for those for which
 * there was no room. */
struct gthulhu_group {
  __u64 load;   /* of the weights of all in it that are runnable or have somebody who is */
  __u64 share;  /* what is due to them together, as of `generation` */
  __u32 active; /* how many these are */
  __u32 weight; /* with which it counts: cpu.weight; 0: cpu.idle is set */
  __u32 parent;
  __u32 children;   /* cgroups right below it */
  __u32 generation; /* of shares */
  __u32 life;       /* another one for each cgroup that has had the number */
  __u32 limited;    /* it, or the nearest above, that has a limit; as of the next one */
  __u32 limit_generation;
  struct gthulhu_pod_uid pod; /* whose it is by its name; 0: no pod's */
  __u64 cgroup;               /* where the kernel has it; 0: there is none with this number */
  __u32 set_weight;           /* cpu.weight, whether cpu.idle is set or not */
} __attribute__((aligned(64)));

/* What is kept of each task. */
struct gthulhu_task {
  struct gthulhu_policy policy; /* as of `generation` */
  __u64 vtime;                  /* by the clock of `cpu` */
  __u64 share;                  /* what is due to it */
  __u64 ran_ns;                 /* what of the task's CPU time is in `vtime` */
  __u64 awake_ns;               /* how much of it came since the last sleep */
  __u64 turn_ns;                /* how much of it since its turn began */
  __u64 turn_vtime;             /* `vtime` when that began */
  __u64 burst_ns;               /* how much comes between two sleeps, mostly */
  __u64 waits_ns;               /* since when it waits in a queue */
  __u64 reserved_ns;            /* taken from limits for the run that it has */
  __u64 grant_ns;               /* how long it may run in spite of limits; 0: it has to ask */
  __u32 generation;             /* 0: the rule is to be looked for */
  __u32 group;                  /* in which it is, and as which it counts there */
  __u32 weight;                 /* with which it counts there; 0: it does not */
  __u32 group_life;             /* of that group, when it began to count */
  __s32 cpu;
  __u8 has_slept;       /* since it was last placed by the clock */
  __u8 is_out_of_order; /* it goes before its turn */
  __u8 has_waited;      /* in a queue, for the run that it has or will have */
  __u8 padding;
};
