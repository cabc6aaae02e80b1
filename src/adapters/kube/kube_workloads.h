// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kube/agent_pods.h"
#include "adapters/kube/reflector.h"
#include "app/ports/agent_directory.h"
#include "app/ports/agent_registry.h"
#include "app/ports/workload_source.h"
#include "core/model/workload_status.h"

namespace gthulhu {

// The pods of a Kubernetes cluster, its namespaces and nodes, and where the decision makers are.
// Needs the rights of docs/rbac.md: pods list and watch; everything else is done without where it
// is not allowed.
//
// A cluster that cannot be reached is no error: it is tried again for as long as this runs, and
// what was known before stays.
//
// Threads: start() and stop() from one, the others from anywhere; the sinks are called on threads
// of its own.
class KubeWorkloads : public WorkloadSource, public AgentRegistry {
 public:
  struct Settings {
    AgentPods::Rule agents = {};
    WatchPace pace = {};
    std::chrono::milliseconds audit{std::chrono::minutes{30}};  // from one to the next
  };

  // All outlive it.
  KubeWorkloads(const ListWatch::Parts& parts, AgentDirectory& directory, Settings settings);
  ~KubeWorkloads() override;

  [[nodiscard]] std::string kind() const override { return "kubernetes"; }
  Result<> start(PodSink& sink) override;
  void stop() override;

  [[nodiscard]] WorkloadStatus status() const;

  [[nodiscard]] std::optional<NodeName> node_of_agent(const PodUid& pod) const override;

 private:
  using PodChanges = Reflector<wire::KubePod>::Changes;

  void take_pods(PodChanges changes);
  // Those that there are now, if they are others than before.
  std::optional<AgentDirectory::Agents> take_agents(const PodChanges& changes);
  void take_nodes(const Reflector<wire::KubeNode>::Changes& changes);
  // The uid under which the sink knows the pod of an object that is gone; nothing when that pod is
  // not gone with it.
  std::optional<PodUid> forget(const std::string& uid);
  void run_audits();

  AgentDirectory& directory_;
  const Settings settings_;
  PodSink* sink_ = nullptr;  // between start() and stop()

  mutable std::mutex agents_mutex_;  // guards agents_
  AgentPods agents_;
  // Of the thread of the pods.
  std::map<std::string, PodUid> other_uids_;  // of the objects whose pods have another uid
  // Of the thread of the nodes.
  std::map<std::string, std::pair<NodeName, NodeFact>> nodes_;  // by uid
  std::map<NodeName, NodeFact> told_nodes_;

  Reflector<wire::KubePod> pods_reflector_;
  Reflector<wire::KubeNamespace> namespaces_reflector_;
  Reflector<wire::KubeNode> nodes_reflector_;

  std::mutex mutex_;  // guards stopping_
  std::condition_variable called_;
  bool stopping_ = false;
  std::thread auditor_;
};

}  // namespace gthulhu
