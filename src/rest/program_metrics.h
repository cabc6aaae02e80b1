// SPDX-License-Identifier: Apache-2.0
//
// What every /metrics says of the program that answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "rest/metrics_text.h"

namespace gthulhu::rest {

// Of the whole process, whatever servers it has.
struct ProgramUsage {
  double cpu_seconds = 0;  // since it began
  std::uint64_t resident_bytes = 0;
};

// PREFIX_build_info, process_cpu_seconds_total and process_resident_memory_bytes.
void append_program(MetricsText& text, std::string_view prefix, const ProgramUsage& usage);

}  // namespace gthulhu::rest
