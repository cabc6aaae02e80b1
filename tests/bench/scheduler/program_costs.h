// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's BPF programs cost, by the kernel's own account.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "base/owned.h"

namespace gthulhu::bench {

struct ProgramCost {
  std::uint64_t verified = 0;  // instructions that the verifier has looked at to accept it
  std::uint64_t bytes = 0;     // of machine code
  std::uint64_t runs = 0;      // since it was loaded, while they were counted
  std::chrono::nanoseconds time{};
};

// Of all programs that are loaded now, by name.
std::map<std::string, ProgramCost> program_costs();

// As long as this is there the kernel counts how often programs run and for how long, which costs
// each run some 100 instructions, some of them in its time.
Fd count_runs();

}  // namespace gthulhu::bench
