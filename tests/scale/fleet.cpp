// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/fleet.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gthulhu::scale {

namespace {

// 0 for what is negative: a node may have a change before its API server has answered.
double milliseconds(std::chrono::steady_clock::duration time) {
  return std::max(0.0, std::chrono::duration<double, std::milli>(time).count());
}

}  // namespace

Fleet::Fleet(const net::Executor& executor,
             net::TaskGroup& tasks,
             std::size_t nodes,
             const std::string& public_key)
    : is_in_step_(nodes), taken_(nodes), pending_(nodes), changed_(executor) {
  const SimulatedNode::Parts parts{executor, tasks, *this, traffic_, public_key};
  for (std::size_t i = 0; i < nodes; ++i) {
    nodes_.emplace_back(parts, i, SimulatedCluster::node_name(i));
  }
}

std::vector<std::uint16_t> Fleet::ports() const {
  std::vector<std::uint16_t> ports;
  for (const SimulatedNode& node : nodes_) ports.push_back(node.port());
  return ports;
}

void Fleet::hang(std::size_t count) {
  hung_ = std::min(count, nodes_.size());
  for (SimulatedNode& node : nodes_) {
    const bool must_hang = node.index() >= nodes_.size() - hung_;
    if (must_hang) {
      node.hang();
    } else if (node.is_hung()) {
      node.wake_up();
    }
  }
}

void Fleet::expect(std::vector<Digest> digests) {
  expected_ = std::move(digests);
  for (const SimulatedNode& node : nodes_) {
    is_in_step_.at(node.index()) = node.digest() == expected_.at(node.index());
  }
}

std::size_t Fleet::in_step() const {
  const auto end = is_in_step_.begin() + static_cast<std::ptrdiff_t>(answering());
  return static_cast<std::size_t>(std::count(is_in_step_.begin(), end, true));
}

Fleet::Spread Fleet::spread_of(const StrategyId& id) const {
  const auto known = spread_.find(id);
  return known == spread_.end() ? Spread{} : known->second;
}

void Fleet::watch_for(std::size_t pod, const SimulatedCluster& pods, const ExpectedSets& sets) {
  const auto now = std::chrono::steady_clock::now();
  remember(pod, pods, sets, {now, now});
}

void Fleet::watch_for(std::size_t pod,
                      const SimulatedCluster& pods,
                      const ExpectedSets& sets,
                      const Moments& moments) {
  remember(pod, pods, sets, moments);
  note_events(nodes_.at(pods.pods().at(pod).node));
}

void Fleet::remember(std::size_t pod,
                     const SimulatedCluster& pods,
                     const ExpectedSets& sets,
                     const Moments& moments) {
  pods_ = &pods;
  sets_ = &sets;
  pending_.at(pods.pods().at(pod).node).push_back({moments, pod});
  ++event_times_.events;
  ++event_times_.open;
}

bool Fleet::awaits(std::size_t pod) const {
  if (pods_ == nullptr) return false;
  const auto& events = pending_.at(pods_->pods().at(pod).node);
  return std::ranges::find(events, pod, &PendingEvent::pod) != events.end();
}

void Fleet::forget_event_times() {
  event_times_ = {};
  for (auto& events : pending_) events.clear();
}

void Fleet::took(SimulatedNode& node, const std::set<StrategyId>& strategies_before) {
  last_taken_ = std::chrono::steady_clock::now();
  taken_.at(node.index()) = last_taken_;
  if (!expected_.empty()) {
    is_in_step_.at(node.index()) = node.digest() == expected_.at(node.index());
  }
  note_strategies(node, strategies_before);
  note_events(node);
  changed_.wake();
}

void Fleet::note_strategies(const SimulatedNode& node, const std::set<StrategyId>& before) {
  for (const auto& [id, strategy] : node.set().strategies) {
    if (before.contains(id)) continue;
    Spread& spread = spread_[id];
    ++spread.nodes;
    spread.came = last_taken_;
  }
  for (const StrategyId& id : before) {
    if (node.set().strategies.contains(id)) continue;
    Spread& spread = spread_[id];
    --spread.nodes;
    spread.went = last_taken_;
  }
}

void Fleet::note_events(const SimulatedNode& node) {
  std::erase_if(pending_.at(node.index()), [&](const PendingEvent& event) {
    if (!shows(node, pods_->pods().at(event.pod))) return false;
    const Time taken = taken_.at(node.index());
    event_times_.milliseconds.push_back(milliseconds(taken - event.moments.sent));
    event_times_.since_answers.push_back(milliseconds(taken - event.moments.answered));
    --event_times_.open;
    return true;
  });
}

bool Fleet::shows(const SimulatedNode& node, const SimulatedPod& pod) const {
  const auto held = node.set().pods.find(PodUid(pod.uid));
  const std::vector<StrategyId> strategies = sets_->strategies_of(pod);
  if (strategies.empty()) return held == node.set().pods.end();
  return held != node.set().pods.end() && held->second.labels == pod.labels &&
         held->second.strategies == strategies;
}

}  // namespace gthulhu::scale
