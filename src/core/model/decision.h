// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/shared.h"
#include "core/model/intent.h"
#include "core/model/process.h"

namespace gthulhu {

// One intent for one process and its threads, or those of them that it is for. `intent` is the
// index into the node's intents: those of the Go-compatible endpoint have no id.
struct Decision {
  std::size_t intent = 0;
  Shared<Process> process;  // with these threads only
  Priority priority;
  Slice slice;
  bool is_for_threads = false;  // chosen by their own names

  bool operator==(const Decision&) const = default;
};

// What holds for a pod as a whole: the strongest of its intents without a command pattern.
struct PodDecision {
  std::size_t intent = 0;
  Shared<PodCgroup> cgroup;
  Priority priority;
  Slice slice = {};

  bool operator==(const PodDecision&) const = default;
};

// An intent that matched processes which obey a stronger intent of the same pod.
struct Superseded {
  std::size_t intent = 0;
  std::size_t by = 0;
  std::size_t processes = 0;  // where this one lost to that one

  bool operator==(const Superseded&) const = default;
};

// All that is to be done for one pod.
struct PodDecisions {
  std::vector<Decision> processes;
  std::optional<PodDecision> whole = {};
  std::vector<Superseded> superseded = {};  // in order of `intent`, then `by`
  Shared<PodCgroup> cgroup = {};

  [[nodiscard]] const PodUid& pod() const { return cgroup->pod; }

  bool operator==(const PodDecisions&) const = default;
};

// Sorted by pod. A pod for which nothing changed is the same as in the last decisions.
using Decisions = std::vector<Shared<PodDecisions>>;

}  // namespace gthulhu
