// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/manager/snapshot.h"
#include "app/ports/node_link.h"
#include "app/ports/report_sink.h"
#include "app/ports/workload_source.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/plan/incremental_plan.h"

namespace gthulhu {

// The single writer of the manager: takes what changed (strategies, pods, reports), plans, and
// publishes an immutable snapshot. The link brings the nodes to what is wanted, so that a slow node
// delays neither requests nor plans.
//
// Everything is level-triggered: what a node should run is always the plan of what is known now.
//
// Threads: all public functions from anywhere, between construction and stop().
class Plane : public PodSink, public LinkSink {
 public:
  using View = std::shared_ptr<const Snapshot>;

  // Starts its thread, and connects the link. Both outlive this.
  Plane(const Clock& clock, NodeLink& link);
  ~Plane() override;

  // Strategies as they are stored; each returns when a snapshot with the strategy is published.
  // put() says how many pods the strategy selects; none while it is not in force. What nodes should
  // run follows in the same snapshot, or, where that is much, in the next ones, some nodes at a
  // time.
  std::size_t put(const Strategy& strategy);
  void erase(const StrategyId& id);
  void strategies_are(std::vector<Strategy> strategies);

  // Of those of the pods that exist; none once it was stopped. Waits for what was posted before.
  std::map<PodUid, Namespace> namespaces_of(std::vector<PodUid> pods);

  // IncrementalPlan::preview() of now. The draft counts as put in the place of `base`, or as made
  // now when there is none. Waits for the plane, which answers one between two batches of changes;
  // Errc::unavailable when too many wait, and once it was stopped.
  Result<Preview> preview(const Strategy& draft,
                          const std::optional<StrategyId>& base,
                          const Scope& scope);

  void pods_are(std::vector<Pod> pods) override;
  void pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) override;
  void pods_are_all() override;
  void nodes_are(std::map<NodeName, NodeFact> nodes) override;
  void node_reported(NodeReport report) override;
  void node_acknowledged(const NodeName& node, Generation generation) override;
  void node_not_reached(const NodeName& node, const Error& why, Generation held) override;
  void node_gone(const NodeName& node) override;

  [[nodiscard]] View snapshot() const;

  // Ends the thread; nothing is delivered after it. Called by the destructor too.
  void stop();

 private:
  using Event = std::function<std::set<NodeName>()>;

  // What only reads the plan: one at a time, after the changes that were there before it.
  struct Question {
    std::function<void()> answer;
    bool is_answered = false;
  };

  void post(Event event);
  // False when stop() came first: what the event would have written must not be read then.
  [[nodiscard]] bool post_and_wait(Event event);
  [[nodiscard]] bool ask(std::function<void()> answer);
  std::shared_ptr<Question> next_question();
  void run();
  // Remakes about so many intents, of the nodes whose turn it is.
  void apply(const std::deque<Event>& events, std::size_t intents);
  void count_matches();
  // The strategy as it counts now: not at all while it is not in force.
  std::set<NodeName> take(const Strategy& strategy);
  void expire(TimePoint now);
  [[nodiscard]] bool must_refresh() const;
  void refresh_some(std::size_t intents);
  // How many intents it has now.
  std::size_t refresh(const NodeName& node);

  const Clock& clock_;
  NodeLink& link_;

  // Owned by the plane's thread.
  IncrementalPlan plan_;
  Snapshot next_;
  Generation generation_;
  bool has_strategies_ =
      false;               // both have been said once: before, nothing is known to be unwanted,
  bool has_pods_ = false;  // and nothing is delivered
  std::optional<TimePoint> next_expiry_;  // of the strategies in force
  std::set<NodeName> undelivered_;        // what they should run has changed
  NodeName refreshed_;                    // the last of them that had its turn
  int unpublished_ = 0;                   // turns since the last snapshot
  std::optional<std::uint64_t> counted_;  // IncrementalPlan::match_changes() of next_.matched

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable events_came_;
  std::condition_variable snapshot_came_;
  std::deque<Event> events_;
  std::deque<std::shared_ptr<Question>> questions_;
  std::uint64_t posted_ = 0;   // number of the newest event
  std::uint64_t applied_ = 0;  // of the newest one in the snapshot
  std::uint64_t awaited_ = 0;  // of the newest one that somebody waits for
  View published_;
  bool stopping_ = false;

  std::atomic<int> previews_{0};  // that wait or are computed

  std::thread planner_;
};

}  // namespace gthulhu
