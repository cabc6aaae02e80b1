// SPDX-License-Identifier: Apache-2.0
#include "core/plan/decide.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace gthulhu {

namespace {

// Indices into the node's intents, of one pod, weakest first.
using Indices = std::vector<std::size_t>;
// Loser and winner → how many processes.
using Losses = std::map<std::pair<std::size_t, std::size_t>, std::size_t>;

std::unordered_map<PodUid, Indices> by_pod(const std::vector<Intent>& intents,
                                           const std::vector<bool>& expired) {
  std::unordered_map<PodUid, Indices> pods;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    if (expired.empty() || !expired[i]) pods[intents[i].pod].push_back(i);
  }
  return pods;
}

bool concerns(const Intent& intent, const Process& process) {
  if (!intent.container.empty() &&
      std::ranges::find(intent.container_ids, process.container_id) == intent.container_ids.end()) {
    return false;
  }
  return intent.command.matches(process.comm);
}

// The winner for a process; `losses` learns whom it beat.
std::optional<std::size_t> winner(const std::vector<Intent>& intents,
                                  const Indices& of_pod,
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
                                         const Indices& of_pod) {
  const auto found = std::find_if(of_pod.rbegin(), of_pod.rend(), [&](std::size_t index) {
    return intents[index].command.matches_everything() && intents[index].container.empty();
  });
  return found == of_pod.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace

Decisions decide(const std::vector<Intent>& intents,
                 const std::vector<PodProcesses>& pods,
                 const std::vector<bool>& expired) {
  const auto intents_of = by_pod(intents, expired);
  Decisions decisions;
  Losses losses;
  for (const PodProcesses& pod : pods) {
    const auto of_pod = intents_of.find(pod.pod);
    if (of_pod == intents_of.end()) continue;
    if (const auto index = for_whole_pod(intents, of_pod->second)) {
      decisions.pods.push_back({*index, pod.pod, pod.cgroup_path, intents[*index].priority});
    }
    for (const Process& process : pod.processes) {
      if (process.comm == pause_command) continue;
      const auto index = winner(intents, of_pod->second, process, losses);
      if (!index) continue;
      decisions.processes.push_back(
          {*index, process.id, process.threads, intents[*index].priority, intents[*index].slice});
    }
  }
  for (const auto& [pair, processes] : losses) {
    decisions.superseded.push_back({pair.first, pair.second, processes});
  }
  return decisions;
}

}  // namespace gthulhu
