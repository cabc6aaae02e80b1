// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace gthulhu {

// `gthulhu scheduler run`: our scheduler without a decision maker (docs/scheduler.md).
struct RunSchedulerOptions {
  std::vector<std::string>
      rules;  // CGROUP=PRIORITY[,SLICE], as given; of one cgroup the last counts
  bool refuse_limited_nodes = false;  // not loaded while a cgroup has a CPU limit
};

// Until SIGTERM or SIGINT, or until it can be used no more; prints what it does. When it ends
// nothing is left in the kernel. Errc::invalid_argument for a rule, Errc::unsupported where the
// scheduler cannot be used. For a program with one thread.
Result<> run_scheduler(const RunSchedulerOptions& options);

}  // namespace gthulhu
