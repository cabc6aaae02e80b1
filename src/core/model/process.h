// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/shared.h"
#include "core/model/pod.h"

namespace gthulhu {

// A task that cannot be taken for a later one with the same number: its id and
// its start time, field 22 of /proc/TID/stat in clock ticks since boot.
struct TaskId {
  pid_t tid = 0;
  std::uint64_t start_ticks = 0;

  auto operator<=>(const TaskId&) const = default;
};

struct Thread {
  TaskId id;
  std::string comm;

  bool operator==(const Thread&) const = default;
};

// What a process runs.
struct Program {
  static constexpr std::size_t cmdline_most = 4'096;  // bytes

  std::string exe;      // path of the file; empty when it cannot be told
  std::string cmdline;  // the arguments joined by blanks, up to cmdline_most

  bool operator==(const Program&) const = default;
};

struct Process {
  TaskId id;  // of its first thread
  pid_t parent = 0;
  std::string comm = {};
  std::vector<Thread> threads = {};       // all of them, the first thread too
  Shared<std::string> container_id = {};  // empty when the cgroup path names none
  Shared<Program> program = {};           // empty where nobody wants to know it

  bool operator==(const Process&) const = default;
};

struct PodCgroup {
  PodUid pod;
  std::string path;  // of the pod, below the hierarchy's root

  bool operator==(const PodCgroup&) const = default;
};

// What runs in one pod.
struct PodProcesses {
  Shared<PodCgroup> cgroup;
  std::vector<Shared<Process>> processes;

  [[nodiscard]] const PodUid& pod() const { return cgroup->pod; }

  bool operator==(const PodProcesses&) const = default;
};

using PodSet = Shared<std::set<PodUid>>;

// Of several pods, sorted by UID. A pod in which nothing happened, and a process to which nothing
// did, is the same as in the last answer.
using RunningPods = std::vector<Shared<PodProcesses>>;

}  // namespace gthulhu
