// SPDX-License-Identifier: Apache-2.0
#include "main/own_scheduler.h"

#include <time.h>

#include <chrono>
#include <utility>

namespace gthulhu {

std::unique_ptr<SchedExtEnforcer> start_own_scheduler(SchedExtEnforcer::Settings settings,
                                                      const Clock& clock,
                                                      std::unique_ptr<Enforcer> fallback) {
  SchedExtEnforcer::Parts parts;
  parts.place = SchedulerPlace::open({.cpu_hierarchy = settings.hierarchy.version});
  parts.boot_time = [] {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  parts.fallback = std::move(fallback);
  auto enforcer = std::make_unique<SchedExtEnforcer>(clock, std::move(settings), std::move(parts));
  enforcer->start();
  return enforcer;
}

}  // namespace gthulhu
