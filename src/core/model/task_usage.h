// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace gthulhu {

// What the kernel has counted of a task since the task began.
struct TaskUsage {
  std::uint64_t cpu_ns = 0;   // running
  std::uint64_t wait_ns = 0;  // ready to run, waiting for a CPU
  std::uint64_t runs = 0;     // how often it got one
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t migrations = 0;  // from one CPU to another

  TaskUsage& operator+=(const TaskUsage& other) {
    cpu_ns += other.cpu_ns;
    wait_ns += other.wait_ns;
    runs += other.runs;
    voluntary_switches += other.voluntary_switches;
    involuntary_switches += other.involuntary_switches;
    migrations += other.migrations;
    return *this;
  }

  bool operator==(const TaskUsage&) const = default;
};

}  // namespace gthulhu
