// SPDX-License-Identifier: Apache-2.0
#include "core/plan/decide.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace gthulhu {

namespace {

// Loser and winner → how many processes.
using Losses = std::map<std::pair<std::size_t, std::size_t>, std::size_t>;

bool concerns(const Intent& intent, const Process& process) {
  if (!intent.container.empty() && std::ranges::find(intent.container_ids, *process.container_id) ==
                                       intent.container_ids.end()) {
    return false;
  }
  return intent.command.matches(process.comm);
}

// The winner for a process; `losses` learns whom it beat.
std::optional<std::size_t> winner(const std::vector<Intent>& intents,
                                  const std::vector<std::size_t>& of_pod,
                                  const Process& process,
                                  Losses& losses) {
  std::optional<std::size_t> strongest;
  for (auto index = of_pod.rbegin(); index != of_pod.rend(); ++index) {
    if (!concerns(intents[*index], process)) continue;
    if (strongest) {
      ++losses[{*index, *strongest}];
    } else {
      strongest = *index;
    }
  }
  return strongest;
}

std::optional<std::size_t> for_whole_pod(const std::vector<Intent>& intents,
                                         const std::vector<std::size_t>& of_pod) {
  const auto found = std::find_if(of_pod.rbegin(), of_pod.rend(), [&](std::size_t index) {
    return intents[index].command.matches_everything() && intents[index].container.empty();
  });
  return found == of_pod.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace

void Decider::intents_are(Shared<NodeIntents> intents, const std::vector<bool>& expired) {
  intents_ = std::move(intents);
  made_.clear();
  of_pod_.clear();
  for (std::size_t i = 0; i < intents_->intents.size(); ++i) {
    if (expired.empty() || !expired[i]) of_pod_[intents_->intents[i].pod].push_back(i);
  }
}

const Decisions& Decider::decide(const RunningPods& pods) {
  return made_.of(pods, [this](const PodProcesses& pod) { return decide_pod(pod); });
}

PodDecisions Decider::decide_pod(const PodProcesses& pod) const {
  const std::vector<Intent>& intents = intents_->intents;
  const auto known = of_pod_.find(pod.pod());
  const Indices& of_pod = known == of_pod_.end() ? Indices() : known->second;
  PodDecisions decisions;
  decisions.cgroup = pod.cgroup;
  Losses losses;
  if (const auto index = for_whole_pod(intents, of_pod)) {
    decisions.whole = PodDecision{*index, pod.cgroup, intents[*index].priority};
  }
  decisions.processes.reserve(pod.processes.size());
  for (const Shared<Process>& process : pod.processes) {
    if (process->comm == pause_command) continue;
    const auto index = winner(intents, of_pod, *process, losses);
    if (!index) continue;
    decisions.processes.push_back(
        {*index, process, intents[*index].priority, intents[*index].slice});
  }
  for (const auto& [pair, processes] : losses) {
    decisions.superseded.push_back({pair.first, pair.second, processes});
  }
  return decisions;
}

Decisions decide(const std::vector<Intent>& intents,
                 const RunningPods& pods,
                 const std::vector<bool>& expired) {
  Decider decider;
  decider.intents_are(NodeIntents{0, intents}, expired);
  return decider.decide(pods);
}

}  // namespace gthulhu
