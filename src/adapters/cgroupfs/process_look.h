// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "adapters/cgroupfs/task_files.h"
#include "base/owned.h"
#include "base/result.h"
#include "core/discover/task_index.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Finds processes by looking at /proc and at the task lists of cgroups: what events do not tell, or
// did not.
//
// Threads: one at a time.
class ProcessLook {
 public:
  // Errc::unavailable when the hierarchy or /proc cannot be opened.
  static Result<ProcessLook> open(const CpuHierarchy& hierarchy, const std::string& proc_root);

  // As TaskFiles says.
  [[nodiscard]] const std::string& trouble() const { return files_.trouble(); }

  // The directories from now on.
  void workloads_are(const CgroupTree::Workloads& workloads);

  // What is in some cgroups.
  struct Members {
    std::set<pid_t> processes;         // with at least one thread there
    std::map<pid_t, CgroupId> places;  // of each thread
    bool are_fresh = true;             // as it is now; else as it was within the last second
  };
  // Errc::unavailable when a list that exists could not be read. cgroup v1 keeps a list for a
  // second for whoever reads it again (cgroup_pidlist_start() in kernel/cgroup/cgroup-v1.c), so
  // there it is who was in them lately.
  Result<Members> members(const std::vector<CgroupId>& cgroups);

  // Where an event says that a task is: with all its process's threads, if it is the first one.
  struct Place {
    TaskId task;
    bool with_threads = false;
    CgroupId cgroup{};
  };
  // A process and where its threads are: as the event told, if it is still the same task; else, of
  // fresh ones, as `members` say; else by /proc. Nothing when it has ended or is about to.
  Result<std::optional<FoundProcess>> process(pid_t number,
                                              const Members& members,
                                              const std::optional<Place>& told = {});

  // As TaskFiles says.
  Result<std::optional<Program>> program(pid_t process) { return files_.program(process); }

 private:
  ProcessLook(CpuHierarchy hierarchy, TaskFiles files, Fd root);

  // Nothing when that cannot be told.
  Result<std::optional<CgroupId>> place_of(pid_t tid);
  Result<> add_members(CgroupId cgroup, Members& members);

  CpuHierarchy hierarchy_;
  TaskFiles files_;
  Fd root_;
  std::unordered_map<std::string, CgroupId> cgroups_;
  std::unordered_map<CgroupId, std::string> paths_;
};

}  // namespace gthulhu
