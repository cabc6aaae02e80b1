// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/ports/agent_directory.h"
#include "wire/kube/kube_objects.h"

namespace gthulhu {

// Which of the pods are decision makers, and which of several on one node is the one to talk to.
//
// Threads: one at a time.
class AgentPods {
 public:
  struct Rule {
    // Only of this namespace: who may make pods in another one of the cluster must not be able to
    // make itself a decision maker.
    Namespace name_space{"gthulhu-system"};
    std::string label = "app";
    std::string value = "decisionmaker";
  };

  explicit AgentPods(Rule rule) : rule_(std::move(rule)) {}

  // Whether agents() may be others than before.
  bool changed(const wire::KubePod& pod);
  bool gone(const std::string& uid);

  // The node of a decision maker's pod, also of one that does not run yet; nothing when the pod is
  // no decision maker's.
  [[nodiscard]] std::optional<NodeName> node_of(const std::string& uid) const;

  // Of several on one node (an update puts a new one beside the old) the one that is ready and is
  // not being deleted, and of those the newest.
  [[nodiscard]] AgentDirectory::Agents agents() const;

 private:
  struct Known {
    NodeName node;
    AgentAddress address;
    bool can_be_reached = false;
    bool is_being_deleted = false;
    bool is_ready = false;
    ResourceVersion first_seen = 0;  // grows with the time at which the pod was made

    bool operator==(const Known&) const = default;
  };

  Rule rule_;
  std::map<std::string, Known> pods_;  // by the object's uid
};

// The port on which a decision maker's API is, chosen as the Go manager does: by a port's name,
// else the first that is not for metrics or probes, else 8080 (contract 5.5).
std::uint16_t agent_port(const std::vector<wire::KubePort>& ports);

}  // namespace gthulhu
