// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace gthulhu {

// What this process has taken of the machine; 0 where the system does not say.
struct ProcessUsage {
  double cpu_seconds = 0;  // of all its threads, since it began
  std::uint64_t resident_bytes = 0;
};

// Reads /proc, which never waits for a disk.
ProcessUsage process_usage();

}  // namespace gthulhu
