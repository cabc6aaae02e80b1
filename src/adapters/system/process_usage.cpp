// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/process_usage.h"

#include <unistd.h>

#include <ctime>

#include "adapters/system/files.h"
#include "base/text.h"

namespace gthulhu {

ProcessUsage process_usage() {
  ProcessUsage usage;
  std::timespec spent{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0) {
    usage.cpu_seconds =
        static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
  }
  // Pages: size, resident, … (proc(5)).
  const auto pages = read_file("/proc/self/statm", 4096);
  if (!pages) return usage;
  const auto fields = split(*pages, ' ');
  if (fields.size() > 1) {
    const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    usage.resident_bytes = parse_number<std::uint64_t>(fields[1]).value_or(0) * page_size;
  }
  return usage;
}

}  // namespace gthulhu
