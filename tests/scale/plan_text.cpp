// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/plan_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "wire/json.h"

namespace gthulhu::scale {

namespace {

// In the order of Churn::Kind.
constexpr std::array<std::string_view, 3> kinds{"create", "remove", "relabel"};

wire::Value value_of(const SimulatedCluster& cluster, std::size_t index) {
  const SimulatedPod& pod = cluster.pods().at(index);
  wire::Value::Object labels;
  for (const auto& [key, value] : pod.labels) labels.emplace_back(key, value);
  return wire::Value::Object{{"index", index},
                             {"name", pod.name},
                             {"namespace", pod.name_space},
                             {"node", SimulatedCluster::node_name(pod.node)},
                             {"port", pod.port},
                             {"labels", std::move(labels)}};
}

}  // namespace

std::string text_of_pods(const SimulatedCluster& cluster) {
  wire::Value::Array pods;
  for (std::size_t i = 0; i < cluster.pods().size(); ++i) {
    if (cluster.pods().at(i).is_there) pods.push_back(value_of(cluster, i));
  }
  return wire::to_text(wire::Value::Object{{"pods", std::move(pods)}});
}

std::string text_of_change(const SimulatedCluster& cluster,
                           const std::optional<Churn::Change>& change) {
  if (!change) return "{}";
  return wire::to_text(
      wire::Value::Object{{"kind", kinds.at(static_cast<std::size_t>(change->kind))},
                          {"pod", value_of(cluster, change->pod)}});
}

std::optional<Churn::Kind> change_kind(std::string_view name) {
  const auto found = std::ranges::find(kinds, name);
  if (found == kinds.end()) return {};
  return static_cast<Churn::Kind>(found - kinds.begin());
}

}  // namespace gthulhu::scale
