// SPDX-License-Identifier: Apache-2.0
//
// GET /metrics of the manager, for Prometheus.
#pragma once

#include <cstddef>
#include <functional>

#include "rest/program_metrics.h"
#include "rest/request_metrics.h"
#include "rest/router.h"

namespace gthulhu::rest {

// How things stand at this moment.
struct ServerGauges {
  std::size_t connections = 0;
  std::size_t waiting_for_worker = 0;
  std::size_t waiting_for_password_worker = 0;
  ProgramUsage usage;
};

// `requests` outlives the router; so does what `gauges` refers to, which is called on the network
// thread.
void add_metrics_route(Router& router,
                       const RequestMetrics& requests,
                       std::function<ServerGauges()> gauges);

}  // namespace gthulhu::rest
