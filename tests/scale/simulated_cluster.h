// SPDX-License-Identifier: Apache-2.0
//
// The objects of a cluster, and what happens to its pods.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/pod.h"
#include "net/wakeup.h"
#include "tests/scale/pod_template.h"

namespace gthulhu::scale {

struct Sizes {
  std::size_t nodes = 1000;
  std::size_t pods = 100'000;
  std::size_t groups = 1000;
};

struct SimulatedPod {
  std::string uid;
  std::string name;
  std::string name_space;
  std::size_t node = 0;
  std::uint16_t port = 8080;
  std::uint64_t version = 0;
  bool is_there = true;
  Labels labels;
};

// Pod i runs on node i modulo the number of nodes. Its labels: `app` is web for all of them;
// `group` has pods/groups in a row, so each on a node of its own where there are enough; `block`
// has 1,000 in a row; `set` has ten, of ten nodes.
//
// Threads: one.
class SimulatedCluster {
 public:
  struct Event {
    std::uint64_t version = 0;
    std::string line;  // as a watch says it
  };

  // `ports` are those of the nodes' decision makers, whose pods exist too.
  SimulatedCluster(const Sizes& sizes,
                   PodTemplate pod_template,
                   const std::vector<std::uint16_t>& ports);

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  [[nodiscard]] const std::vector<SimulatedPod>& pods() const { return pods_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  static std::string node_name(std::size_t index);
  [[nodiscard]] std::string group_name(std::size_t index) const;

  void append_pod(std::string& bytes, const SimulatedPod& pod, bool metadata_only) const;
  // As JSON objects.
  static std::string node_object(std::size_t index);
  static std::string namespace_object(std::size_t index);
  static constexpr std::size_t namespaces = 12;

  // Each makes an event.
  std::size_t create(std::size_t node, std::size_t group);
  void remove(std::size_t pod);
  void relabel(std::size_t pod, std::size_t group);
  // What another API server has given to the pod; no event.
  void set_uid(std::size_t pod, std::string uid) { pods_.at(pod).uid = std::move(uid); }

  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  // Who watches is woken at each event.
  void add_watcher(net::Wakeup* watcher) { watchers_.insert(watcher); }
  void remove_watcher(net::Wakeup* watcher) { watchers_.erase(watcher); }

 private:
  void add_agent(std::size_t node, std::uint16_t port);
  void tell(const char* type, SimulatedPod& pod);

  Sizes sizes_;
  PodTemplate template_;
  std::vector<SimulatedPod> pods_;
  std::uint64_t version_ = 1000;
  std::deque<Event> events_;
  std::set<net::Wakeup*> watchers_;
};

}  // namespace gthulhu::scale
