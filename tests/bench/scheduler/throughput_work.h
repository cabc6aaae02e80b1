// SPDX-License-Identifier: Apache-2.0
//
// Small programs that do one thing over and over, each an idea of what a node does all day.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/work.h"

namespace gthulhu::bench {

// What was started, and counts of what it has done.
struct Workers {
  std::string_view unit;
  std::vector<Tally*> tallies;
};

// Starts it in the pod, sized for so many CPUs: `fork` (fork, exit and wait), `pipe` (a byte to
// and fro), `sock` (messages of 100 bytes one way), `hackbench` (groups in which each sender
// writes such messages to each receiver), `cpu` (steps of hogs). Ends the program for other names.
Workers start_work(Pod& pod, const std::string& name, int cpus);

// The first argument of this program where it is to do the work `fork` only; the second is the
// number of the file in which it counts.
inline constexpr const char* forks_of = "forks-of";
void be_forks(int file);

}  // namespace gthulhu::bench
