// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kube_workloads.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gthulhu {

namespace {

Pod pod_of(wire::KubePod object) {
  return {.uid = std::move(object.uid),
          .name = std::move(object.meta.name),
          .name_space = std::move(object.meta.name_space),
          .node = std::move(object.node),
          .labels = std::move(object.meta.labels),
          .containers = std::move(object.containers),
          .cgroup_path = {}};
}

}  // namespace

KubeWorkloads::KubeWorkloads(const ListWatch::Parts& parts,
                             AgentDirectory& directory,
                             Settings settings)
    : directory_(directory),
      settings_(std::move(settings)),
      agents_(settings_.agents),
      pods_reflector_(parts,
                      "/api/v1/pods",
                      "pods",
                      settings_.pace,
                      [this](PodChanges changes) { take_pods(std::move(changes)); }),
      namespaces_reflector_(
          parts, "/api/v1/namespaces", "namespaces", settings_.pace, [](const auto&) {}),
      nodes_reflector_(
          parts,
          "/api/v1/nodes",
          "nodes",
          settings_.pace,
          [this](const Reflector<wire::KubeNode>::Changes& changes) { take_nodes(changes); }) {}

KubeWorkloads::~KubeWorkloads() {
  stop();
}

Result<> KubeWorkloads::start(PodSink& sink) {
  sink_ = &sink;
  pods_reflector_.start();
  namespaces_reflector_.start();
  nodes_reflector_.start();
  auditor_ = std::thread([this] { run_audits(); });
  return {};
}

void KubeWorkloads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  pods_reflector_.stop();
  namespaces_reflector_.stop();
  nodes_reflector_.stop();
  if (auditor_.joinable()) auditor_.join();
}

WorkloadStatus KubeWorkloads::status() const {
  WorkloadStatus status;
  status.kinds = {pods_reflector_.status(), namespaces_reflector_.status(),
                  nodes_reflector_.status()};
  const WatchedKind& pods = status.kinds.front();
  if (pods.is_current) {
    status.detail = "list and watch of the API server";
  } else if (!pods.trouble.empty()) {
    status.detail = (pods.is_complete ? "the pods are those of before: " : "no pods yet: ");
    status.detail += pods.trouble;
  } else {
    status.detail = "the first list of pods is under way";
  }
  return status;
}

std::optional<PodUid> KubeWorkloads::forget(const std::string& uid) {
  const auto other = other_uids_.extract(uid);
  if (!other) return PodUid(uid);
  // The object of a static pod may have a successor already, for the same pod.
  const bool has_successor = std::ranges::any_of(
      other_uids_, [&](const auto& entry) { return entry.second == other.mapped(); });
  if (has_successor) return std::nullopt;
  return other.mapped();
}

std::optional<NodeName> KubeWorkloads::node_of_agent(const PodUid& pod) const {
  const std::lock_guard lock(agents_mutex_);
  return agents_.node_of(pod.str());
}

std::optional<AgentDirectory::Agents> KubeWorkloads::take_agents(const PodChanges& changes) {
  const std::lock_guard lock(agents_mutex_);
  bool are_others = changes.is_all;
  for (const std::string& uid : changes.gone) are_others |= agents_.gone(uid);
  for (const wire::KubePod& object : changes.changed) are_others |= agents_.changed(object);
  if (!are_others) return std::nullopt;
  return agents_.agents();
}

void KubeWorkloads::take_pods(PodChanges changes) {
  // Before the pods: a node is reached as soon as it has something to be told.
  if (auto agents = take_agents(changes)) directory_.agents_are(std::move(*agents));
  std::vector<Pod> changed;
  std::vector<PodUid> removed;
  for (const std::string& uid : changes.gone) {
    if (auto pod = forget(uid)) removed.push_back(std::move(*pod));
  }
  for (wire::KubePod& object : changes.changed) {
    if (object.is_finished) {
      // Nothing of it will run again: as far as scheduling goes it is gone.
      removed.push_back(object.uid);
      continue;
    }
    if (object.uid.str() != object.meta.uid) other_uids_[object.meta.uid] = object.uid;
    changed.push_back(pod_of(std::move(object)));
  }
  if (!changed.empty() || !removed.empty()) {
    sink_->pods_changed(std::move(changed), std::move(removed));
  }
  if (changes.is_all) sink_->pods_are_all();
}

void KubeWorkloads::take_nodes(const Reflector<wire::KubeNode>::Changes& changes) {
  for (const std::string& uid : changes.gone) nodes_.erase(uid);
  for (const wire::KubeNode& object : changes.changed) {
    nodes_[object.meta.uid] = {NodeName(object.meta.name), NodeFact{object.is_ready}};
  }
  std::map<NodeName, NodeFact> facts;
  for (const auto& [uid, node] : nodes_) facts.insert_or_assign(node.first, node.second);
  if (facts == told_nodes_ && !changes.is_all) return;
  told_nodes_ = facts;
  sink_->nodes_are(std::move(facts));
}

void KubeWorkloads::run_audits() {
  const std::array<ListWatch*, 3> kinds{&pods_reflector_, &namespaces_reflector_,
                                        &nodes_reflector_};
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (called_.wait_for(lock, settings_.audit, [this] { return stopping_; })) return;
    }
    // One that fails is a failure of the server, of which the watch speaks; the next comes.
    for (ListWatch* kind : kinds) (void)kind->audit().has_value();
  }
}

}  // namespace gthulhu
