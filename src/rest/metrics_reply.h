// SPDX-License-Identifier: Apache-2.0
//
// The answer of GET /metrics, in the format that its request wants.
#pragma once

#include "net/http.h"
#include "rest/metrics_text.h"

namespace gthulhu::rest {

// OpenMetrics 1.0.0 when Accept names it and wants it at least as much as text/plain (RFC 9110
// section 12.5.1); else the format of Prometheus, also when that is not wanted either.
MetricsFormat wanted_format(const net::Headers& headers);

net::Response metrics_reply(MetricsText text);

}  // namespace gthulhu::rest
