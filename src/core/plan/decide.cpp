// SPDX-License-Identifier: Apache-2.0
#include "core/plan/decide.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace gthulhu {

namespace {

using Loss = std::pair<std::size_t, std::size_t>;  // the loser, and whom it lost to

std::string_view text_of(const Process& process, const Thread& thread, CommandMatch match) {
  switch (match) {
    case CommandMatch::comm: return process.comm;
    case CommandMatch::exe: return process.program->exe;
    case CommandMatch::cmdline: return process.program->cmdline;
    case CommandMatch::thread: return thread.comm;
  }
  std::abort();
}

bool concerns(const Intent& intent, const Process& process, const Thread& thread) {
  if (!intent.container.empty() && std::ranges::find(intent.container_ids, *process.container_id) ==
                                       intent.container_ids.end()) {
    return false;
  }
  if (intent.command.matches_everything()) return true;
  return intent.command.matches(text_of(process, thread, intent.command.match()));
}

// The winner for a thread; `losses` learns whom it beat.
std::optional<std::size_t> winner(const std::vector<Intent>& intents,
                                  const std::vector<std::size_t>& of_pod,
                                  const Process& process,
                                  const Thread& thread,
                                  std::set<Loss>& losses) {
  std::optional<std::size_t> strongest;
  for (auto index = of_pod.rbegin(); index != of_pod.rend(); ++index) {
    if (!concerns(intents[*index], process, thread)) continue;
    if (strongest) {
      losses.insert({*index, *strongest});
    } else {
      strongest = *index;
    }
  }
  return strongest;
}

Decision decision(const std::vector<Intent>& intents, std::size_t index, Shared<Process> process) {
  const Intent& intent = intents[index];
  return {index, std::move(process), intent.priority, intent.slice,
          intent.command.match() == CommandMatch::thread};
}

// Where the threads of a process may obey several intents: one decision for each, by the intents.
void decide_threads(const std::vector<Intent>& intents,
                    const std::vector<std::size_t>& of_pod,
                    const Shared<Process>& process,
                    std::vector<Decision>& decisions,
                    std::set<Loss>& losses) {
  std::map<std::size_t, std::vector<Thread>> threads;
  for (const Thread& thread : process->threads) {
    const auto index = winner(intents, of_pod, *process, thread, losses);
    if (index) threads[*index].push_back(thread);
  }
  for (auto& [index, obeying] : threads) {
    if (obeying.size() == process->threads.size()) {
      decisions.push_back(decision(intents, index, process));
    } else {
      Process part = *process;
      part.threads = std::move(obeying);
      decisions.push_back(decision(intents, index, std::move(part)));
    }
  }
}

}  // namespace

void Decider::intents_are(Shared<NodeIntents> intents, const std::vector<bool>& expired) {
  intents_ = std::move(intents);
  are_others_ = true;
  made_.clear();
  of_pod_.clear();
  for (std::size_t i = 0; i < intents_->intents.size(); ++i) {
    if (expired.empty() || !expired[i]) of_pod_[intents_->intents[i].pod].push_back(i);
  }
  expectations_.intents_are(intents_->intents, of_pod_);
}

bool Decider::decide(const RunningPods& pods) {
  const bool is_changed =
      made_.update(pods, [this](const PodProcesses& pod) { return decide_pod(pod); });
  expectations_.update(intents_->intents, of_pod_);
  return std::exchange(are_others_, false) || is_changed;
}

PodDecisions Decider::decide_pod(const PodProcesses& pod) {
  const std::vector<Intent>& intents = intents_->intents;
  static const IntentIndices none;
  const auto known = of_pod_.find(pod.pod());
  const IntentIndices& of_pod = known == of_pod_.end() ? none : known->second;
  PodDecisions decisions;
  decisions.cgroup = pod.cgroup;
  std::map<Loss, std::size_t> losses;  // in how many processes
  if (const auto index = intent_for_whole_pod(intents, of_pod)) {
    decisions.whole =
        PodDecision{*index, pod.cgroup, intents[*index].priority, intents[*index].slice};
  }
  const bool is_by_thread = std::ranges::any_of(of_pod, [&](std::size_t index) {
    return intents[index].command.match() == CommandMatch::thread;
  });
  decisions.processes.reserve(pod.processes.size());
  for (const Shared<Process>& process : pod.processes) {
    if (process->comm == pause_command) continue;
    std::set<Loss> lost;
    if (is_by_thread) {
      decide_threads(intents, of_pod, process, decisions.processes, lost);
    } else if (const auto index = winner(intents, of_pod, *process, Thread{}, lost)) {
      decisions.processes.push_back(decision(intents, *index, process));
      expectations_.saw(intents[*index].command, process->comm);
    }
    for (const Loss& loss : lost) ++losses[loss];
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
  decider.decide(pods);
  return decider.decisions();
}

}  // namespace gthulhu
