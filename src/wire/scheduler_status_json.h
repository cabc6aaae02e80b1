// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/model/scheduler_status.h"
#include "wire/json.h"

namespace gthulhu::wire {

// The data of the decision maker's GET /scheduler.
Value encode_scheduler(const SchedulerStatus& status);

// The data of GET /scheduler/threads.
Value encode_ruled_threads(const std::vector<RuledThread>& threads, bool is_all);

}  // namespace gthulhu::wire
