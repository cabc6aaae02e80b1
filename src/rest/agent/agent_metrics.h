// SPDX-License-Identifier: Apache-2.0
//
// The decision maker's metrics (contract 6.5 and 6.6, and its own): POST /api/v1/metrics, and GET
// /metrics, which needs no token and tells of no command and no label.
#pragma once

#include <functional>
#include <string>

#include "app/agent/node_loop.h"
#include "app/agent/pod_usages.h"
#include "app/agent/scheduler_figures.h"
#include "app/ports/pod_delays.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "rest/program_metrics.h"
#include "rest/request_metrics.h"
#include "rest/router.h"

namespace gthulhu::rest {

// What the references and `usage` refer to outlives the router.
struct AgentMetrics {
  const Clock& clock;
  AgentTokens& tokens;
  NodeLoop& loop;
  SchedulerFigures& scheduler;
  PodUsages& pods;
  const PodDelays& delays;
  const RequestMetrics& requests;
  std::string machine_id;
  std::function<ProgramUsage()> usage;  // called on any thread
};

void add_agent_metrics(Router& router, AgentMetrics metrics);

}  // namespace gthulhu::rest
