// SPDX-License-Identifier: Apache-2.0
//
// GET /api/v1/status of both servers: ours, not in the contract.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/model/discovery_status.h"
#include "core/model/enforcer_status.h"
#include "core/model/intent.h"
#include "core/model/report.h"
#include "core/model/workload_status.h"
#include "wire/json.h"

namespace gthulhu::wire {

// How many intents are in each state.
using StateCounts = std::map<IntentState, std::size_t>;

struct NodeStatus {
  NodeName node;
  Generation generation = 0;    // wanted
  Generation acknowledged = 0;  // what the node has
  bool is_up_to_date = false;
  StateCounts intents;
  EnforcerStatus enforcer;
  std::string trouble;  // empty: none
};

struct ManagerStatus {
  std::string version;
  std::string mode;   // "manager", "standalone"
  std::string store;  // "sqlite"
  std::string workload_source;
  WorkloadStatus workloads;
  std::size_t pods = 0;
  std::size_t strategies = 0;
  std::vector<NodeStatus> nodes;
};

Value encode_status(const ManagerStatus& status);
// Of the decision maker itself; `waits_uncounted` is why it does not count waits, or empty.
Value encode_status(const NodeStatus& status,
                    const DiscoveryStatus& discovery,
                    const std::string& waits_uncounted,
                    const std::string& version);

}  // namespace gthulhu::wire
