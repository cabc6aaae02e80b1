// SPDX-License-Identifier: Apache-2.0
#include "rest/program_metrics.h"

#include "rest/build_facts.h"

namespace gthulhu::rest {

void append_program(MetricsText& text, std::string_view prefix, const ProgramUsage& usage) {
  const BuildFacts facts = build_facts();
  text.begin(MetricKind::gauge, std::string(prefix) + "_build_info",
             "Always 1; the labels say what was built.");
  text.add({{"version", facts.version}, {"commit", facts.commit}, {"compiler", facts.compiler}}, 1);

  // These two names are those of every program that Prometheus watches.
  text.begin(MetricKind::counter, "process_cpu_seconds_total", "CPU time of the process.");
  text.add(usage.cpu_seconds);
  text.begin(MetricKind::gauge, "process_resident_memory_bytes", "Memory that it holds.");
  text.add(usage.resident_bytes);
}

}  // namespace gthulhu::rest
