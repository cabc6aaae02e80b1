// SPDX-License-Identifier: Apache-2.0
#include "app/agent/pod_usages.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/log.h"

namespace gthulhu {

namespace {

constexpr int pause_per_look = 20;

}  // namespace

PodUsages::PodUsages(const Clock& clock, TaskUsages& tasks, PodDelays& delays)
    : PodUsages(clock, tasks, delays, Settings()) {}

PodUsages::PodUsages(const Clock& clock, TaskUsages& tasks, PodDelays& delays, Settings settings)
    : clock_(clock), settings_(settings), tasks_(tasks), delays_(delays) {}

std::vector<PodUsage> PodUsages::look(const NodeSnapshot& node) {
  const std::lock_guard lock(mutex_);
  const MonotonicTime begin = clock_.monotonic();
  if (begin < next_look_) return last_;
  keep_pods(node.intents->intents);
  take_decisions(node);
  if (const Result<> read = read_tasks(); !read) {
    log_warning("cannot see what tasks use", {{"error", read.error().text()}});
  }
  if (const Result<> read = read_delays(); !read) {
    log_warning("cannot see what pods wait for", {{"error", read.error().text()}});
  }
  last_ = entries();
  const auto took = clock_.monotonic() - begin;
  next_look_ =
      begin + std::max<std::chrono::nanoseconds>(settings_.look_least, took * pause_per_look);
  return last_;
}

void PodUsages::keep_pods(const std::vector<Intent>& intents) {
  std::map<PodUid, const Intent*> wanted;  // of several for a pod the last, as in decisions
  for (const Intent& intent : intents) {
    if (!intent.pod.empty()) wanted[intent.pod] = &intent;
  }
  for (auto entry = pods_.begin(); entry != pods_.end();) {
    const Account& account = entry->second;
    if (wanted.contains(entry->first)) {
      ++entry;
      continue;
    }
    if (account.is_own_entry) {
      --own_entries_;
    } else if (account.tasks.empty()) {
      gone_others_ += account.shown.used;
    } else {
      // Its tasks live: should it come back, they must not count twice.
      ++entry;
      continue;
    }
    entry = pods_.erase(entry);
  }
  for (const auto& [pod, intent] : wanted) {
    const auto [entry, is_new] = pods_.try_emplace(pod);
    Account& account = entry->second;
    if (is_new) {
      account.is_own_entry = own_entries_ < settings_.pods_most;
      if (account.is_own_entry) {
        ++own_entries_;
      } else {
        has_others_ = true;
      }
    }
    account.shown.pod = pod;
    account.shown.pod_name = intent->pod_name;
    account.shown.name_space = intent->name_space;
    account.shown.node = intent->node;
  }
}

void PodUsages::take_decisions(const NodeSnapshot& node) {
  for (auto& [pod, account] : pods_) account.shown.processes = 0;
  for (const Shared<PodDecisions>& decided : *node.decisions) {
    std::set<TaskId> counted;  // there may be several decisions for threads of one process
    for (const Decision& decision : decided->processes) {
      const auto account = pods_.find(node.intents->intents.at(decision.intent).pod);
      if (account == pods_.end()) continue;
      if (counted.insert(decision.process->id).second) ++account->second.shown.processes;
      for (const Thread& thread : decision.process->threads) {
        account->second.tasks.try_emplace(thread.id);
      }
    }
  }
}

Result<> PodUsages::read_tasks() {
  std::vector<TaskId> wanted;
  for (const auto& [pod, account] : pods_) {
    for (const auto& [task, usage] : account.tasks) wanted.push_back(task);
  }
  const std::vector<std::optional<TaskUsage>> usages = TRY(tasks_.of(wanted));
  auto next = usages.begin();
  for (auto& [pod, account] : pods_) {
    account.shown.used = {};
    for (auto task = account.tasks.begin(); task != account.tasks.end(); ++next) {
      const std::optional<TaskUsage>& usage = *next;
      if (usage) {
        task->second = *usage;
        account.shown.used += task->second;
        ++task;
      } else {
        account.ended += task->second;
        task = account.tasks.erase(task);
      }
    }
    account.shown.used += account.ended;
  }
  return {};
}

Result<> PodUsages::read_delays() {
  std::set<PodUid> wanted;
  for (const auto& [pod, account] : pods_) {
    if (account.is_own_entry) wanted.insert(wanted.end(), pod);
  }
  for (const auto& [pod, delay] : TRY(delays_.of(wanted))) pods_.at(pod).shown.delay = delay;
  return {};
}

std::vector<PodUsage> PodUsages::entries() const {
  std::vector<PodUsage> entries;
  PodUsage others;
  others.used = gone_others_;
  for (const auto& [pod, account] : pods_) {
    if (account.is_own_entry) {
      entries.push_back(account.shown);
    } else {
      others.processes += account.shown.processes;
      others.used += account.shown.used;
    }
  }
  if (has_others_) entries.insert(entries.begin(), std::move(others));
  return entries;
}

}  // namespace gthulhu
