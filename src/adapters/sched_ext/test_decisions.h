// SPDX-License-Identifier: Apache-2.0
//
// Decisions by a few numbers.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sched_ext/rules.h"
#include "core/model/decision.h"
#include "core/model/expected_pod.h"

namespace gthulhu::testing {

inline TaskId task(pid_t tid) {
  return {tid, static_cast<std::uint64_t>(tid) * 100};
}

inline SchedulerRule rule(int priority, std::int64_t slice_ns = 0) {
  return {Priority::clamp(priority), Slice::clamp(slice_ns)};
}

inline Decision decision(std::size_t intent,
                         pid_t process,
                         int priority,
                         std::initializer_list<pid_t> threads = {},
                         std::int64_t slice_ns = 0) {
  Process made{task(process)};
  if (threads.size() == 0) made.threads = {Thread{task(process), ""}};
  for (const pid_t thread : threads) made.threads.push_back({task(thread), ""});
  return {intent, std::move(made), Priority::clamp(priority), Slice::clamp(slice_ns)};
}

// Chosen by the names of the threads.
inline Decision thread_decision(std::size_t intent,
                                pid_t process,
                                int priority,
                                std::initializer_list<pid_t> threads) {
  Decision made = decision(intent, process, priority, threads);
  made.is_for_threads = true;
  return made;
}

inline PodDecisions pod(const std::string& uid, std::vector<Decision> processes) {
  PodDecisions made;
  made.cgroup = PodCgroup{PodUid(uid), "/" + uid};
  made.processes = std::move(processes);
  return made;
}

inline PodDecisions whole_pod(const std::string& uid,
                              std::size_t intent,
                              int priority,
                              std::vector<Decision> processes = {}) {
  PodDecisions made = pod(uid, std::move(processes));
  made.whole = PodDecision{intent, made.cgroup, Priority::clamp(priority)};
  return made;
}

// As Kubernetes gives them: the scheduler can tell its pod.
inline const PodUid known_uid("0a1b2c3d-1111-2222-3333-44445555abcd");

inline Decision named(Decision decision, const std::string& comm) {
  Process process = *decision.process;
  process.comm = comm;
  decision.process = std::move(process);
  return decision;
}

inline ExpectedPod expected(const PodUid& pod,
                            int priority,
                            std::vector<std::pair<std::string, int>> names = {}) {
  ExpectedPod made{pod, Priority::clamp(priority), {}, {}};
  for (auto& [comm, of_name] : names) {
    made.names.push_back({std::move(comm), Priority::clamp(of_name), {}});
  }
  return made;
}

// The rule of a pod whose names have rules too.
inline SchedulerRule with_names_of(const PodUid& pod, int priority) {
  SchedulerRule made = rule(priority);
  made.names_of = pod;
  return made;
}

inline RuleKey of_process(pid_t process) {
  return TaskRuleKey{task(process), false};
}
inline RuleKey of_thread(pid_t thread) {
  return TaskRuleKey{task(thread), true};
}

}  // namespace gthulhu::testing
