// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "adapters/cgroupfs/interrupt.h"
#include "adapters/cgroupfs/pod_tasks.h"
#include "adapters/cgroupfs/task_files.h"
#include "app/ports/processes.h"
#include "base/clock.h"
#include "base/owned.h"

namespace gthulhu {

// The processes of pods by the task lists of their cgroups; /proc is read for tasks of these pods
// only, and never listed. A pod that the tree does not know is not on this node. What comes back is
// sorted, so that two answers are equal when nothing changed.
//
// Threads: as the port says.
class CgroupProcesses : public Processes {
 public:
  // `clock` and `tree` outlive this. Errc::unavailable when the hierarchy or /proc cannot be
  // opened.
  // `reason` is why there is no better source, for the status.
  static Result<std::unique_ptr<CgroupProcesses>> open(const Clock& clock,
                                                       CgroupTree& tree,
                                                       std::string reason = {},
                                                       const std::string& proc_root = "/proc");

  // Errc::unavailable also when a single task list could not be read: an answer without these
  // processes would say that they have ended.
  Result<const RunningPods*> of(const PodSet& pods) override;
  void tell_programs_of(PodSet pods) override { programs_of_ = std::move(pods); }
  Result<RunningPods> all() override;
  void wait(std::chrono::nanoseconds most) override;
  void interrupt() override { interrupt_.raise(); }
  [[nodiscard]] bool notices_changes() const override { return false; }
  [[nodiscard]] DiscoveryStatus status() const override;

 private:
  CgroupProcesses(const Clock& clock,
                  CgroupTree& tree,
                  TaskFiles files,
                  Fd hierarchy,
                  Interrupt interrupt,
                  std::string reason);

  RereadPace pace() const;

  const Clock& clock_;
  CgroupTree& tree_;
  TaskFiles files_;
  Fd hierarchy_;  // its root
  const Interrupt interrupt_;
  const std::string reason_;
  PodSet programs_of_;
  std::map<PodUid, PodTasks> tasks_;  // of the pods asked for last
  RunningPods found_;                 // in them
};

}  // namespace gthulhu
