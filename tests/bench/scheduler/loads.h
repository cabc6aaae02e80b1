// SPDX-License-Identifier: Apache-2.0
//
// The loads, each with its own figures. Every one makes its pods anew and removes them.
#pragma once

#include "tests/bench/scheduler/arm.h"
#include "tests/bench/scheduler/figures.h"
#include "tests/bench/scheduler/settings.h"
#include "tests/bench/scheduler/work.h"

namespace gthulhu::bench {

// One arm on one machine.
struct Bench {
  const Settings& settings;
  Arm& arm;
  Figures& figures;
  Rounds millisecond;  // what a CPU burns in one
};

// How soon pods that work periodically get a CPU beside others that want all of it, with and
// without a rule for them, and what that costs the others.
void run_wake(Bench& bench);

// What two pods on one CPU get whose priorities are that far apart.
void run_shares(Bench& bench);

// What is left for four pods beside two of the highest priority, and how long they wait for it.
void run_floor(Bench& bench);

// How long a pod with a rule for its slice runs at a stretch while another waits.
void run_slices(Bench& bench);

// What cgroups get that want more than is due to them by their weights.
void run_requests(Bench& bench);

// What cgroups use that have a limit, and how long they wait for it.
void run_limits(Bench& bench);

// What a favoured pod gets beside two others, and whether these stay as they are to each other.
void run_priority(Bench& bench);

// What everybody gets in the cgroups that a kubelet makes: all QoS classes, limits, system.slice.
void run_kubelet(Bench& bench);

// Whether tasks stay on the CPUs of their cpusets, at rest and while these and weights, limits and
// cgroups change. Of two CPUs or more.
void run_cpusets(Bench& bench);

// How much gets done in a second when nobody is favoured, and with rules for 100 others.
void run_throughput(Bench& bench);

// How much less gets done while the waits of a pod's tasks are counted, of another pod or of this
// one.
void run_meter(Bench& bench);

// A pod with a rule that forks processes which live for 5 ms.
void run_inherit(Bench& bench);

// What each BPF program of the arm costs while pods of many kinds run.
void run_cost(Bench& bench);

}  // namespace gthulhu::bench
