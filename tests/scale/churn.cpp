// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/churn.h"

#include <utility>

namespace gthulhu::scale {

namespace {

constexpr std::chrono::milliseconds tick{5};

}  // namespace

Churn::Churn(const net::Executor& executor,
             SimulatedCluster& cluster,
             Fleet& fleet,
             const ExpectedSets& sets)
    : executor_(executor), cluster_(cluster), fleet_(fleet), sets_(sets) {}

net::Awaitable<> Churn::run(std::size_t per_second, std::chrono::milliseconds lasts) {
  using Clock = std::chrono::steady_clock;
  is_running_ = true;
  net::Wakeup timer(executor_);
  const auto began = Clock::now();
  std::size_t made = 0;
  for (auto next = began; is_running_ && next < began + lasts; next += tick) {
    co_await timer.wait_until(next);
    const std::chrono::duration<double> since = next - began;
    const auto due = static_cast<std::size_t>(since.count() * static_cast<double>(per_second));
    for (; made < due; ++made) {
      const std::optional<Change> change = change_one();
      if (change && must_show(*change)) fleet_.watch_for(change->pod, cluster_, sets_);
    }
  }
  is_running_ = false;
}

std::size_t Churn::draw(std::size_t below) {
  return std::uniform_int_distribution<std::size_t>(0, below - 1)(chance_);
}

std::size_t Churn::draw_pod() {
  const auto& pods = cluster_.pods();
  for (int tries = 0; tries < 1000; ++tries) {
    const std::size_t index = draw(pods.size());
    const SimulatedPod& pod = pods.at(index);
    if (pod.is_there && pod.node < fleet_.answering() && !is_busy(index) &&
        sets_.selects_any(pod)) {
      return index;
    }
  }
  return pods.size();
}

std::optional<Churn::Change> Churn::change_one() {
  const std::size_t group = draw(cluster_.sizes().groups);
  const std::size_t kind = draw(3);
  const std::size_t known = draw_pod();
  if (kind == 0 || known == cluster_.pods().size()) {
    return Change{Kind::create, cluster_.create(draw(fleet_.answering()), group)};
  }
  if (kind == 1) {
    cluster_.remove(known);
    return Change{Kind::remove, known};
  }
  if (cluster_.pods().at(known).labels.at("group") == cluster_.group_name(group)) return {};
  cluster_.relabel(known, group);
  return Change{Kind::relabel, known};
}

bool Churn::must_show(const Change& change) const {
  return change.kind != Kind::create || sets_.selects_any(cluster_.pods().at(change.pod));
}

// --- changes at another API server ---

std::optional<Churn::Change> Churn::begin_request() {
  const std::optional<Change> change = change_one();
  if (change) requests_[change->pod] = false;
  return change;
}

void Churn::end_request(const Change& change, const Fleet::Moments& moments, std::string uid) {
  requests_[change.pod] = true;
  if (!uid.empty()) cluster_.set_uid(change.pod, std::move(uid));
  if (must_show(change)) fleet_.watch_for(change.pod, cluster_, sets_, moments);
}

bool Churn::is_busy(std::size_t pod) {
  const auto request = requests_.find(pod);
  if (request == requests_.end()) return false;
  if (!request->second || fleet_.awaits(pod)) return true;
  requests_.erase(request);
  return false;
}

}  // namespace gthulhu::scale
