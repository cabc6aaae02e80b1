// SPDX-License-Identifier: Apache-2.0
#include "wire/scheduler_report_json.h"

#include <array>
#include <string_view>
#include <utility>

namespace gthulhu::wire {

namespace {

using enum SchedulerFigure;

constexpr std::array<std::pair<std::string_view, SchedulerFigure>, scheduler_figure_count> fields{
    {{"usersched_last_run_at", last_run_at},
     {"nr_queued", queued},
     {"nr_scheduled", scheduled},
     {"nr_running", running},
     {"nr_online_cpus", online_cpus},
     {"nr_user_dispatches", user_dispatches},
     {"nr_kernel_dispatches", kernel_dispatches},
     {"nr_cancel_dispatches", cancelled_dispatches},
     {"nr_bounce_dispatches", bounced_dispatches},
     {"nr_failed_dispatches", failed_dispatches},
     {"nr_sched_congested", congestions}}};

}  // namespace

Result<SchedulerReport> decode_scheduler_report(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  SchedulerReport report;
  for (const auto& [name, figure] : fields) {
    if (!reader.has(name)) continue;
    std::uint64_t number = 0;
    TRY(reader.read(name, number));
    report[figure] = number;
  }
  return report;
}

}  // namespace gthulhu::wire
