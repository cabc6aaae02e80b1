// SPDX-License-Identifier: Apache-2.0
//
// All nodes, and when they had what they should have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/scale/expected_sets.h"
#include "tests/scale/simulated_node.h"

namespace gthulhu::scale {

// Threads: the loop's.
class Fleet : private NodeObserver {
 public:
  using Time = net::Wakeup::Time;

  // On how many nodes a strategy is, and when that last changed.
  struct Spread {
    std::size_t nodes = 0;
    Time came;
    Time went;
  };
  // Of the request that changed a pod.
  struct Moments {
    Time sent;
    Time answered;
  };
  struct EventTimes {
    std::size_t events = 0;
    std::size_t open = 0;  // not yet at their nodes
    std::vector<double> milliseconds;
    std::vector<double> since_answers;  // the same from the answers to the requests; often 0
  };

  // `tasks` and `public_key` outlive it.
  Fleet(const net::Executor& executor,
        net::TaskGroup& tasks,
        std::size_t nodes,
        const std::string& public_key);

  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] const NodeTraffic& traffic() const { return traffic_; }

  // The last nodes hang, so many of them; the others do not.
  void hang(std::size_t count);
  [[nodiscard]] std::size_t answering() const { return nodes_.size() - hung_; }

  // From now on these are what nodes are compared with.
  void expect(std::vector<Digest> digests);
  // Of the nodes that answer.
  [[nodiscard]] std::size_t in_step() const;
  // When a node last took a set.
  [[nodiscard]] Time last_taken() const { return last_taken_; }
  [[nodiscard]] Spread spread_of(const StrategyId& id) const;

  // Something has happened to the pod just now: how long until its node shows it? `pods` and
  // `sets` outlive all events.
  void watch_for(std::size_t pod, const SimulatedCluster& pods, const ExpectedSets& sets);
  // The same of what an API server was asked for. The node may show it already: since when it took
  // a set last.
  void watch_for(std::size_t pod,
                 const SimulatedCluster& pods,
                 const ExpectedSets& sets,
                 const Moments& moments);
  [[nodiscard]] bool awaits(std::size_t pod) const;
  [[nodiscard]] const EventTimes& event_times() const { return event_times_; }
  void forget_event_times();

  // Until a node has taken a set.
  net::Awaitable<> wait_for_change(Time until) { return changed_.wait_until(until); }

 private:
  struct PendingEvent {
    Moments moments;
    std::size_t pod = 0;
  };

  void took(SimulatedNode& node, const std::set<StrategyId>& strategies_before) override;
  void remember(std::size_t pod,
                const SimulatedCluster& pods,
                const ExpectedSets& sets,
                const Moments& moments);
  void note_strategies(const SimulatedNode& node, const std::set<StrategyId>& before);
  void note_events(const SimulatedNode& node);
  [[nodiscard]] bool shows(const SimulatedNode& node, const SimulatedPod& pod) const;

  NodeTraffic traffic_;
  std::deque<SimulatedNode> nodes_;
  std::size_t hung_ = 0;
  std::vector<Digest> expected_;
  std::vector<bool> is_in_step_;
  Time last_taken_;
  std::vector<Time> taken_;  // the same of each node
  std::map<StrategyId, Spread> spread_;
  const SimulatedCluster* pods_ = nullptr;
  const ExpectedSets* sets_ = nullptr;
  std::vector<std::vector<PendingEvent>> pending_;
  EventTimes event_times_;
  net::Wakeup changed_;
};

}  // namespace gthulhu::scale
