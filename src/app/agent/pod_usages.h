// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/agent/node_loop.h"
#include "app/ports/pod_delays.h"
#include "app/ports/task_usages.h"
#include "base/clock.h"

namespace gthulhu {

// What a pod's processes have used, and what kept the pod from running.
struct PodUsage {
  PodUid pod;  // empty: of all pods that have no entry of their own
  std::string pod_name;
  Namespace name_space;
  NodeName node;              // as its intent says; may be empty
  std::size_t processes = 0;  // that have decisions now
  TaskUsage used;
  PodDelay delay = {};  // of all its tasks, selected or not; 0 in the entry of all others

  bool operator==(const PodUsage&) const = default;
};

// Of the pods that have intents, what the processes have used that an intent selects: all their
// threads, from their beginnings on, and what those had used that have ended, as far as it was
// seen. A process counts from its first decision to its end, so that nothing counts twice; a pod as
// long as it has intents. Within that time no count falls.
//
// Looks when it is asked, but not so often that it would take more than a twentieth of a CPU.
//
// Threads: all functions from anywhere.
class PodUsages {
 public:
  struct Settings {
    // More pods than that are one entry together, in which each stays as long as it has intents.
    std::size_t pods_most = 250;
    std::chrono::nanoseconds look_least = std::chrono::seconds{1};
  };

  // All outlive it; `tasks` and `delays` are used by it alone.
  PodUsages(const Clock& clock, TaskUsages& tasks, PodDelays& delays);
  PodUsages(const Clock& clock, TaskUsages& tasks, PodDelays& delays, Settings settings);

  // Sorted by pod. What cannot be looked at is as at the last look.
  std::vector<PodUsage> look(const NodeSnapshot& node);

 private:
  struct Account {
    PodUsage shown;  // `used` at the last look
    bool is_own_entry = false;
    std::map<TaskId, TaskUsage> tasks;  // that live, as last seen
    TaskUsage ended;                    // of those that do not any more
  };

  void keep_pods(const std::vector<Intent>& intents);
  void take_decisions(const NodeSnapshot& node);
  Result<> read_tasks();
  Result<> read_delays();
  [[nodiscard]] std::vector<PodUsage> entries() const;

  const Clock& clock_;
  const Settings settings_;

  std::mutex mutex_;  // guards everything below
  TaskUsages& tasks_;
  PodDelays& delays_;
  std::map<PodUid, Account> pods_;
  std::size_t own_entries_ = 0;
  bool has_others_ = false;  // there was a pod without an entry of its own
  TaskUsage gone_others_;    // of such pods that have no intents any more
  MonotonicTime next_look_{};
  std::vector<PodUsage> last_;
};

}  // namespace gthulhu
