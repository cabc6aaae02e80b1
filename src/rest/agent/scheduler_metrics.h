// SPDX-License-Identifier: Apache-2.0
//
// What /metrics of the decision maker says of schedulers: of ours, once it has been attached, or of
// the one that tells its figures (POST /api/v1/metrics).
#pragma once

#include "rest/agent/agent_metrics.h"
#include "rest/metrics_text.h"

namespace gthulhu::rest {

void append_scheduler(MetricsText& text, const AgentMetrics& parts);

}  // namespace gthulhu::rest
