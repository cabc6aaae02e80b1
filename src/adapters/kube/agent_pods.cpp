// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/agent_pods.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

namespace gthulhu {

namespace {

constexpr std::uint16_t usual_port = 8080;
constexpr std::array<std::string_view, 5> api_names{"http", "api", "sidecar", "dm",
                                                    "decisionmaker"};
constexpr std::array<std::string_view, 4> other_names{"monitor-metrics", "metrics", "prometheus",
                                                      "probe"};

}  // namespace

std::uint16_t agent_port(const std::vector<wire::KubePort>& ports) {
  const auto first = [&](const auto& is_right) -> std::uint16_t {
    const auto found = std::ranges::find_if(ports, is_right, &wire::KubePort::name);
    return found == ports.end() ? 0 : found->number;
  };
  const auto is_among = [](const auto& names) {
    return
        [&names](const std::string& name) { return std::ranges::find(names, name) != names.end(); };
  };
  if (const auto port = first(is_among(api_names)); port != 0) return port;
  if (const auto port = first(std::not_fn(is_among(other_names))); port != 0) return port;
  return usual_port;
}

bool AgentPods::changed(const wire::KubePod& pod) {
  const auto label = pod.meta.labels.find(rule_.label);
  const bool is_agent = pod.meta.name_space == rule_.name_space && label != pod.meta.labels.end() &&
                        label->second == rule_.value && !pod.is_finished && !pod.node.str().empty();
  if (!is_agent) return gone(pod.meta.uid);
  Known next{pod.node,
             {pod.ip, agent_port(pod.ports), pod.meta.uid},
             pod.is_running && !pod.ip.empty(),
             pod.is_being_deleted,
             pod.is_ready,
             pod.meta.version};
  const auto [known, is_new] = pods_.try_emplace(pod.meta.uid, next);
  if (is_new) return next.can_be_reached;
  next.first_seen = known->second.first_seen;
  if (known->second == next) return false;
  known->second = std::move(next);
  return true;
}

bool AgentPods::gone(const std::string& uid) {
  const auto known = pods_.extract(uid);
  return known && known.mapped().can_be_reached;
}

std::optional<NodeName> AgentPods::node_of(const std::string& uid) const {
  const auto known = pods_.find(uid);
  if (known == pods_.end()) return std::nullopt;
  return known->second.node;
}

AgentDirectory::Agents AgentPods::agents() const {
  std::map<NodeName, const Known*> best;
  const auto standing = [](const Known& pod) {
    return std::tuple(!pod.is_being_deleted, pod.is_ready, pod.first_seen);
  };
  for (const auto& [uid, pod] : pods_) {
    if (!pod.can_be_reached) continue;
    const Known*& present = best[pod.node];
    if (present == nullptr || standing(*present) < standing(pod)) present = &pod;
  }
  AgentDirectory::Agents agents;
  for (const auto& [node, pod] : best) agents.emplace_hint(agents.end(), node, pod->address);
  return agents;
}

}  // namespace gthulhu
