// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "adapters/kube/api_access.h"
#include "adapters/kube/kube_workloads.h"
#include "adapters/nodes/http_node_link.h"
#include "base/environment.h"
#include "base/result.h"
#include "core/model/workload_status.h"
#include "main/config/settings.h"
#include "main/surroundings.h"

namespace gthulhu {

// What a manager needs of its cluster: where pods come from, and the way to the decision makers.
// The members need each other in their order.
struct ClusterParts {
  std::unique_ptr<ApiAccess> access;  // null: the configuration names no cluster
  std::unique_ptr<WatchObserver> log;
  std::unique_ptr<HttpNodeLink> link;
  std::unique_ptr<KubeWorkloads> workloads;  // null with `access`

  // Errc::invalid_argument with the key of the configuration. A cluster that cannot be reached is
  // no error. `surroundings` outlives it.
  static Result<ClusterParts> open(const ManagerConfig& config,
                                   const Environment& environment,
                                   Surroundings& surroundings);

  [[nodiscard]] std::string source() const { return workloads ? workloads->kind() : "none"; }
  [[nodiscard]] WorkloadStatus status() const;
};

}  // namespace gthulhu
