// SPDX-License-Identifier: Apache-2.0
//
// Pods and what becomes of them, as JSON for whoever makes them at another API server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/scale/churn.h"
#include "tests/scale/simulated_cluster.h"

namespace gthulhu::scale {

// {"pods": [{"index", "name", "namespace", "node", "port", "labels"}, …]}, of those that are there.
std::string text_of_pods(const SimulatedCluster& cluster);

// {"kind": "create", "pod": as above}; without a change an object without members.
std::string text_of_change(const SimulatedCluster& cluster,
                           const std::optional<Churn::Change>& change);

// The other way; none: no such kind.
std::optional<Churn::Kind> change_kind(std::string_view name);

}  // namespace gthulhu::scale
