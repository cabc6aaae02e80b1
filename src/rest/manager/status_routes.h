// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "app/manager/accounts.h"
#include "app/manager/plane.h"
#include "base/clock.h"
#include "core/model/workload_status.h"
#include "rest/router.h"

namespace gthulhu::rest {

// What the status says of how the program was put together.
struct Assembly {
  std::string mode;
  std::string store;
  std::string workload_source;
  std::function<WorkloadStatus()> workloads;
};

// GET /api/v1/status, for every user. All outlive the router.
void add_status_routes(
    Router& router, const Clock& clock, Accounts& accounts, const Plane& plane, Assembly assembly);

}  // namespace gthulhu::rest
