// SPDX-License-Identifier: Apache-2.0
//
// Cgroups in which somebody always wants a CPU, and what each gets of them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/scheduler/loads.h"

namespace gthulhu::bench {

struct BusyCgroup {
  std::string path;  // below the ground
  int weight = 100;  // cpu.weight
  int hogs = 0;      // processes right in it
  int limit = 0;     // cpu.max in hundredths of a CPU; 0: none
  int priority = 0;  // of a rule for it; 0: none
};

// Makes them, parents before children as they stand there, lets them settle, and looks for so long.
// What each used with those below it, in CPUs, in the same order. With a CPU, all hogs are kept on
// that one.
std::vector<double> use_of(Bench& bench,
                           const std::vector<BusyCgroup>& cgroups,
                           std::chrono::milliseconds duration,
                           std::optional<int> cpu = std::nullopt);

}  // namespace gthulhu::bench
