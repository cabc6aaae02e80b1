// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/scheduler_report.h"
#include "wire/json.h"

namespace gthulhu::wire {

// The body of the decision maker's POST /metrics (contract 6.5). Errc::invalid_argument names the
// field that is no whole number of 64 bits, or negative.
Result<SchedulerReport> decode_scheduler_report(const Value& body);

}  // namespace gthulhu::wire
