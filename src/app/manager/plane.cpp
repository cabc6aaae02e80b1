// SPDX-License-Identifier: Apache-2.0
#include "app/manager/plane.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/plan/in_force.h"

namespace gthulhu {

namespace {

void merge(std::set<NodeName>& nodes, std::set<NodeName> more) {
  nodes.merge(more);
}

// How late an end of a strategy may be noticed when the wall clock was set meanwhile.
constexpr std::chrono::milliseconds expiry_look{1'000};
// In one turn, and before a snapshot that somebody waits for: a strategy for thousands of nodes
// holds up neither who wrote it nor the events behind it. What nodes are told wakes up others, so
// whoever waits is told first of what is more than a little.
constexpr std::size_t intents_at_once = 100;
constexpr std::size_t intents_before_answer = 25;
// A snapshot names all nodes: while there is more to do and nobody waits for one, only each of so
// many turns publishes it.
constexpr int turns_at_once = 50;
// Generations begin at the clock's milliseconds. All nodes share one count, so one node must not be
// able to move it where no other node would take it (2^53); a clock may have been thirty years off.
constexpr Generation generations_ahead_most = 1'000'000'000'000;
// At once: each takes some milliseconds of the plane's thread.
constexpr int previews_max = 8;

}  // namespace

// Generations begin at the clock's milliseconds, so that those of a restarted manager are newer
// than what the nodes have on disk; node_not_reached() mends it when the clock went back.
Plane::Plane(const Clock& clock, NodeLink& link)
    : clock_(clock),
      link_(link),
      generation_(static_cast<Generation>(clock.now().time_since_epoch().count())),
      published_(std::make_shared<const Snapshot>()) {
  next_.version = generation_;
  link_.connect(*this);
  planner_ = std::thread([this] { run(); });
}

Plane::~Plane() {
  stop();
}

void Plane::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  events_came_.notify_all();
  snapshot_came_.notify_all();
  planner_.join();
  link_.disconnect();
}

Plane::View Plane::snapshot() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Plane::post(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  ++posted_;
  events_came_.notify_all();
}

bool Plane::post_and_wait(Event event) {
  std::unique_lock lock(mutex_);
  events_.push_back(std::move(event));
  const std::uint64_t mine = ++posted_;
  awaited_ = mine;
  events_came_.notify_all();
  snapshot_came_.wait(lock, [&] { return applied_ >= mine || stopping_; });
  return applied_ >= mine;
}

bool Plane::ask(std::function<void()> answer) {
  const auto question = std::make_shared<Question>();
  question->answer = std::move(answer);
  std::unique_lock lock(mutex_);
  questions_.push_back(question);
  events_came_.notify_all();
  snapshot_came_.wait(lock, [&] { return question->is_answered || stopping_; });
  return question->is_answered;
}

std::size_t Plane::put(const Strategy& strategy) {
  // Shared, because a caller that stop() woke is gone before a late event is dropped.
  const auto matched = std::make_shared<std::size_t>(0);
  const bool is_applied = post_and_wait([this, strategy, matched] {
    auto strategies = *next_.strategies;
    strategies.insert_or_assign(strategy.id, strategy);
    next_.strategies = std::make_shared<const Snapshot::Strategies>(std::move(strategies));
    std::set<NodeName> nodes = take(strategy);
    *matched = plan_.matched_pods(strategy.id);
    return nodes;
  });
  return is_applied ? *matched : 0;
}

std::set<NodeName> Plane::take(const Strategy& strategy) {
  return is_in_force(strategy, clock_.now()) ? plan_.put_strategy(strategy)
                                             : plan_.erase_strategy(strategy.id);
}

std::map<PodUid, Namespace> Plane::namespaces_of(std::vector<PodUid> pods) {
  const auto found = std::make_shared<std::map<PodUid, Namespace>>();
  const bool is_answered = ask([this, pods = std::move(pods), found] {
    for (const PodUid& pod : pods) {
      if (auto name_space = plan_.namespace_of(pod)) found->emplace(pod, std::move(*name_space));
    }
  });
  return is_answered ? std::move(*found) : std::map<PodUid, Namespace>{};
}

Result<Preview> Plane::preview(const Strategy& draft,
                               const std::optional<StrategyId>& base,
                               const Scope& scope) {
  if (previews_.fetch_add(1) >= previews_max) {
    previews_.fetch_sub(1);
    Error error{Errc::unavailable, "too many previews at once: try again", ""};
    error.retry_after = std::chrono::milliseconds{1'000};
    return error;
  }
  const auto preview = std::make_shared<Preview>();
  const bool is_answered = ask([this, draft, base, scope, preview] {
    const TimePoint now = clock_.now();
    Strategy next = draft;
    next.created = now;
    const auto known = base ? next_.strategies->find(*base) : next_.strategies->end();
    if (known != next_.strategies->end()) {
      next.id = known->second->id;
      next.creator = known->second->creator;
      next.created = known->second->created;
    }
    *preview = plan_.preview(next, base, scope, now);
  });
  previews_.fetch_sub(1);
  if (!is_answered) return Error{Errc::unavailable, "the manager is stopping", ""};
  return std::move(*preview);
}

void Plane::erase(const StrategyId& id) {
  (void)post_and_wait([this, id] {
    auto strategies = *next_.strategies;
    strategies.erase(id);
    next_.strategies = std::make_shared<const Snapshot::Strategies>(std::move(strategies));
    return plan_.erase_strategy(id);
  });
}

void Plane::strategies_are(std::vector<Strategy> strategies) {
  (void)post_and_wait([this, strategies = std::move(strategies)] {
    std::set<NodeName> nodes;
    for (const auto& [id, strategy] : *next_.strategies) merge(nodes, plan_.erase_strategy(id));
    Snapshot::Strategies known;
    for (const Strategy& strategy : strategies) {
      merge(nodes, take(strategy));
      known.emplace(strategy.id, strategy);
    }
    next_.strategies = std::make_shared<const Snapshot::Strategies>(std::move(known));
    has_strategies_ = true;
    return nodes;
  });
}

void Plane::pods_are(std::vector<Pod> pods) {
  post([this, pods = std::move(pods)] {
    has_pods_ = true;
    return plan_.replace_pods(pods);
  });
}

void Plane::pods_changed(std::vector<Pod> changed, std::vector<PodUid> removed) {
  post([this, changed = std::move(changed), removed = std::move(removed)] {
    std::set<NodeName> nodes;
    for (const PodUid& uid : removed) merge(nodes, plan_.erase_pod(uid));
    for (const Pod& pod : changed) merge(nodes, plan_.put_pod(pod));
    return nodes;
  });
}

void Plane::pods_are_all() {
  post([this] {
    has_pods_ = true;
    return std::set<NodeName>{};
  });
}

void Plane::nodes_are(std::map<NodeName, NodeFact> nodes) {
  post([this, nodes = std::make_shared<const Snapshot::Facts>(std::move(nodes))] {
    next_.facts = nodes;
    return std::set<NodeName>{};
  });
}

void Plane::node_acknowledged(const NodeName& node, Generation generation) {
  post([this, node, generation]() -> std::set<NodeName> {
    auto& view = next_.nodes[node];
    NodeView next = view ? *view : NodeView{};
    if (!next.link_trouble.empty()) log_info("node reached again", {{"node", node.str()}});
    next.link_trouble.clear();
    next.acknowledged = std::max(next.acknowledged, generation);
    view = std::make_shared<const NodeView>(std::move(next));
    return {};
  });
}

void Plane::node_not_reached(const NodeName& node, const Error& why, Generation held) {
  post([this, node, why, held]() -> std::set<NodeName> {
    auto& view = next_.nodes[node];
    NodeView next = view ? *view : NodeView{};
    if (next.link_trouble != why.message) {
      log_warning("node not reached", {{"node", node.str()}, {"error", why.text()}});
    }
    next.link_trouble = why.message;
    const bool is_possible =
        held <=
        static_cast<Generation>(clock_.now().time_since_epoch().count()) + generations_ahead_most;
    if (!is_possible) {
      log_error("a node says that it holds what no manager can have sent", {{"node", node.str()}});
    }
    const bool needs_newer =
        why.code == Errc::conflict && is_possible && held >= next.wanted->generation;
    view = std::make_shared<const NodeView>(std::move(next));
    if (!needs_newer) return {};
    generation_ = std::max(generation_, held);  // the node has seen newer ones: go on above them
    return {node};
  });
}

void Plane::node_gone(const NodeName& node) {
  post([this, node]() -> std::set<NodeName> {
    if (plan_.has_intents(node)) return {node};  // something is wanted of it meanwhile
    next_.nodes.erase(node);
    return {};
  });
}

void Plane::node_reported(NodeReport report) {
  post([this, report = std::move(report)]() -> std::set<NodeName> {
    auto& view = next_.nodes[report.node];
    // What it runs may be of an earlier life of ours.
    const bool is_new = view == nullptr || view->wanted->generation == 0;
    NodeView next = view ? *view : NodeView{};
    NodeView::Reports reports = *next.reports;
    for (const IntentReport& intent : report.intents) {
      const auto since = next.since->find(intent.intent);
      if (since == next.since->end() || since->second > report.generation) continue;
      reports.insert_or_assign(intent.intent, intent);
    }
    next.reports = std::move(reports);
    next.enforcer = report.enforcer;
    next.node_trouble = report.trouble;
    view = std::make_shared<const NodeView>(std::move(next));
    return is_new ? std::set{report.node} : std::set<NodeName>{};
  });
}

void Plane::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto called = [this] {
      return !events_.empty() || !questions_.empty() || stopping_ || must_refresh();
    };
    if (!next_expiry_) {
      events_came_.wait(lock, called);
    } else {
      const auto left = std::max(*next_expiry_ - clock_.now(), std::chrono::milliseconds{0});
      events_came_.wait_for(lock, std::min(left, expiry_look), called);
    }
    if (stopping_) return;
    const bool has_expired = next_expiry_ && clock_.now() >= *next_expiry_;
    // Together: the question comes after these changes, and not behind all that follow.
    const std::deque<Event> batch = std::exchange(events_, {});
    const std::uint64_t newest = posted_;
    const std::shared_ptr<Question> question = next_question();
    const bool is_awaited = applied_ < awaited_ || question != nullptr;
    if (!batch.empty() || has_expired || must_refresh()) {
      lock.unlock();
      apply(batch, is_awaited ? intents_before_answer : intents_at_once);
      lock.lock();
      const bool is_more_to_come = !events_.empty() || must_refresh();
      if (is_more_to_come && !is_awaited && ++unpublished_ < turns_at_once) continue;
      unpublished_ = 0;
      published_ = std::make_shared<const Snapshot>(next_);
      applied_ = newest;
      snapshot_came_.notify_all();
    }
    if (question != nullptr) {
      lock.unlock();
      question->answer();
      lock.lock();
      question->is_answered = true;
      snapshot_came_.notify_all();
    }
  }
}

std::shared_ptr<Plane::Question> Plane::next_question() {
  if (questions_.empty()) return nullptr;
  std::shared_ptr<Question> question = std::move(questions_.front());
  questions_.pop_front();
  return question;
}

void Plane::apply(const std::deque<Event>& events, std::size_t intents) {
  for (const Event& event : events) merge(undelivered_, event());
  expire(clock_.now());
  refresh_some(intents);
  next_.pods = plan_.pod_count();
  count_matches();
  ++next_.version;
}

void Plane::count_matches() {
  if (counted_ == plan_.match_changes()) return;
  counted_ = plan_.match_changes();
  next_.matched = std::make_shared<const Snapshot::Matched>(plan_.matched_pods());
}

void Plane::expire(TimePoint now) {
  next_expiry_.reset();
  for (const auto& [id, strategy] : *next_.strategies) {
    const std::optional<TimePoint> expires = strategy->expires;
    if (!expires) continue;
    if (*expires <= now) {
      merge(undelivered_, plan_.erase_strategy(id));
    } else if (strategy->enabled) {
      // It had expired, and then somebody set the clock back.
      if (!plan_.has_strategy(id)) merge(undelivered_, plan_.put_strategy(*strategy));
      next_expiry_ = std::min(next_expiry_.value_or(*expires), *expires);
    }
  }
}

bool Plane::must_refresh() const {
  return has_strategies_ && has_pods_ && !undelivered_.empty();
}

void Plane::refresh_some(std::size_t intents) {
  std::size_t made = 0;
  while (must_refresh() && made < intents) {
    // In turns: nodes whose pods change all the time do not keep others waiting.
    auto next = undelivered_.upper_bound(refreshed_);
    if (next == undelivered_.end()) next = undelivered_.begin();
    refreshed_ = *next;
    undelivered_.erase(next);
    made += 1 + refresh(refreshed_);
  }
}

std::size_t Plane::refresh(const NodeName& node) {
  auto& view = next_.nodes[node];
  const NodeView before = view ? *view : NodeView{};
  view =
      std::make_shared<const NodeView>(with_intents(before, ++generation_, plan_.intents_of(node)));
  link_.want(node, view->wanted.pointer());
  return view->wanted->intents.size();
}

}  // namespace gthulhu
