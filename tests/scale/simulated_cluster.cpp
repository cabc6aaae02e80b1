// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/simulated_cluster.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace gthulhu::scale {

namespace {

constexpr std::size_t block_pods = 1000;
constexpr std::size_t set_nodes = 10;

std::string numbered(const char* format, std::size_t number) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format, number);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string uid_of(std::size_t kind, std::size_t index) {
  return numbered("%08zx", kind) + numbered("-6dc1-45c7-99e0-%012zx", index);
}

std::string object(const std::string& name, const std::string& uid, const char* rest) {
  return R"({"metadata":{"name":")" + name + R"(","uid":")" + uid +
         R"(","resourceVersion":"7","creationTimestamp":"2026-11-29T10:00:00Z","labels":{)" +
         R"("kubernetes.io/hostname":")" + name + R"(","kubernetes.io/os":"linux"}})" + rest + "}";
}

}  // namespace

SimulatedCluster::SimulatedCluster(const Sizes& sizes,
                                   PodTemplate pod_template,
                                   const std::vector<std::uint16_t>& ports)
    : sizes_(sizes), template_(std::move(pod_template)) {
  pods_.reserve(sizes.pods * 2);
  for (std::size_t i = 0; i < sizes.nodes; ++i) add_agent(i, ports.at(i));
  const std::size_t of_group = std::max<std::size_t>(1, sizes.pods / sizes.groups);
  for (std::size_t i = 0; i < sizes.pods; ++i) {
    SimulatedPod pod;
    pod.uid = uid_of(0x79996e65, i);
    pod.name = numbered("web-7d4b9c6f5d-%05zx", i);
    pod.name_space = numbered("apps-%zu", i % 10);
    pod.node = i % sizes.nodes;
    pod.version = ++version_;
    const std::size_t slot = i / sizes.nodes;
    pod.labels = {{"app", "web"},
                  {"block", numbered("block-%zu", i / block_pods)},
                  {"group", group_name(i / of_group % sizes.groups)},
                  {"pod-template-hash", "7d4b9c6f5d"},
                  {"set", numbered("set-%zu", pod.node / set_nodes) + numbered("-%zu", slot)}};
    pods_.push_back(std::move(pod));
  }
}

void SimulatedCluster::add_agent(std::size_t node, std::uint16_t port) {
  SimulatedPod pod;
  pod.uid = uid_of(0x1c0ffee1, node);
  pod.name = numbered("decisionmaker-%05zu", node);
  pod.name_space = "gthulhu-system";
  pod.node = node;
  pod.port = port;
  pod.version = ++version_;
  pod.labels = {{"app", "decisionmaker"}, {"controller-revision-hash", "5c9d8f7b6"}};
  pods_.push_back(std::move(pod));
}

std::string SimulatedCluster::node_name(std::size_t index) {
  return numbered("node-%04zu", index);
}

std::string SimulatedCluster::group_name(std::size_t index) const {
  return numbered("group-%zu", index);
}

void SimulatedCluster::append_pod(std::string& bytes,
                                  const SimulatedPod& pod,
                                  bool metadata_only) const {
  const std::string node = node_name(pod.node);
  const PodValues values{.name = pod.name,
                         .name_space = pod.name_space,
                         .uid = pod.uid,
                         .version = pod.version,
                         .labels = pod.labels,
                         .port = pod.port,
                         .node = node};
  if (metadata_only) {
    template_.append_metadata(bytes, values);
  } else {
    template_.append(bytes, values);
  }
}

std::string SimulatedCluster::node_object(std::size_t index) {
  return object(node_name(index), uid_of(0x00d0de00, index),
                R"(,"spec":{},"status":{"conditions":[{"type":"Ready","status":"True"}]})");
}

std::string SimulatedCluster::namespace_object(std::size_t index) {
  std::string name = numbered("apps-%zu", index);
  if (index == 10) name = "gthulhu-system";
  if (index == 11) name = "kube-system";
  return object(name, uid_of(0x0a9e0000, index), R"(,"status":{"phase":"Active"})");
}

void SimulatedCluster::tell(const char* type, SimulatedPod& pod) {
  pod.version = ++version_;
  Event event{pod.version, R"({"type":")"};
  event.line += type;
  event.line += R"(","object":)";
  append_pod(event.line, pod, false);
  event.line += "}\n";
  events_.push_back(std::move(event));
  for (net::Wakeup* watcher : watchers_) watcher->wake();
}

std::size_t SimulatedCluster::create(std::size_t node, std::size_t group) {
  const std::size_t index = pods_.size();
  SimulatedPod pod;
  pod.uid = uid_of(0x5e1f0000, index);
  pod.name = numbered("web-7d4b9c6f5d-n%05zx", index);
  pod.name_space = numbered("apps-%zu", index % 10);
  pod.node = node;
  pod.labels = {{"app", "web"}, {"group", group_name(group)}, {"pod-template-hash", "7d4b9c6f5d"}};
  pods_.push_back(std::move(pod));
  tell("ADDED", pods_.back());
  return index;
}

void SimulatedCluster::remove(std::size_t pod) {
  pods_.at(pod).is_there = false;
  tell("DELETED", pods_.at(pod));
}

void SimulatedCluster::relabel(std::size_t pod, std::size_t group) {
  pods_.at(pod).labels.insert_or_assign("group", group_name(group));
  tell("MODIFIED", pods_.at(pod));
}

}  // namespace gthulhu::scale
