// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cgroupfs/cgroup_tree.h"
#include "adapters/cgroupfs/interrupt.h"
#include "adapters/cgroupfs/process_look.h"
#include "app/ports/processes.h"
#include "app/ports/task_events.h"
#include "base/clock.h"
#include "core/discover/task_index.h"

namespace gthulhu {

// The processes of pods by an index that the kernel's events keep. What events do not tell is
// looked at: everything at the start, one process where an event says too little, everything again
// after events were lost, and a few pods each second in turn, to be sure. What such a look finds
// different is taken and counted as repaired.
//
// Events are taken in where somebody waits or asks. They are gathered for some milliseconds, so
// that many of them make one change, and for longer where taking them in costs more than some
// hundredths of a CPU.
//
// Threads: as the port says.
class EventedProcesses : public Processes {
 public:
  struct Settings {
    // How long events are gathered: the first after a silence, and those that follow soon.
    std::chrono::milliseconds gather_first{2};
    std::chrono::milliseconds gather_many{12};
    // In which every pod was looked at once more.
    std::chrono::milliseconds audit_all{300'000};
    // The same of the pods that of() asked for, where events do not tell of moves.
    std::chrono::milliseconds audit_places{200};
    // After which a program is looked at once more.
    std::chrono::milliseconds program_again{1'000};
    std::string reason = {};  // why there is no better source, for the status
  };

  // `clock` and `tree` outlive this. Looks at everything. Errc::unavailable when the hierarchy or
  // /proc cannot be had.
  static Result<std::unique_ptr<EventedProcesses>> open(const Clock& clock,
                                                        CgroupTree& tree,
                                                        std::unique_ptr<TaskEvents> events,
                                                        Settings settings,
                                                        const std::string& proc_root = "/proc");

  Result<const RunningPods*> of(const PodSet& pods) override;
  void tell_programs_of(PodSet pods) override;
  Result<RunningPods> all() override;
  void wait(std::chrono::nanoseconds most) override;
  void interrupt() override { interrupt_.raise(); }
  [[nodiscard]] bool notices_changes() const override { return true; }
  [[nodiscard]] DiscoveryStatus status() const override;

 private:
  EventedProcesses(const Clock& clock,
                   CgroupTree& tree,
                   std::unique_ptr<TaskEvents> events,
                   Settings settings,
                   ProcessLook look,
                   Interrupt interrupt);

  // Whether of() would say something else than it did last.
  bool take_in_and_audit();
  Result<> take_in();
  Result<> take_tree();
  Result<> take_events();
  Result<> take_batch();
  Result<> look_at(const std::vector<PodUid>& pods, bool is_repair);
  Result<> look_at_process(pid_t process, const std::optional<ProcessLook::Place>& told);
  // Looks at the programs that are wanted and not known, and again at those that are young.
  Result<> look_at_programs();
  Result<> look_at_program(const TaskId& process);
  Result<> rescan_if_due();
  Result<> audit_if_due();
  [[nodiscard]] std::vector<PodUid> next_to_audit();

  const Clock& clock_;
  const Settings settings_;
  const Interrupt interrupt_;
  // Its descriptor is read without the mutex: it never changes.
  const std::unique_ptr<TaskEvents> events_;
  CgroupTree& tree_;

  mutable std::mutex mutex_;  // guards everything below
  ProcessLook look_;
  TaskIndex index_;
  CgroupTree::View view_;
  PodSet watched_;
  std::vector<TaskEvent> batch_;
  std::deque<std::pair<MonotonicTime, TaskId>> young_;  // to look at again, and when
  PodUid audited_;                                      // the last one
  std::uint64_t lost_ = 0;                              // that a look has repaired
  bool has_gap_ = false;  // events came and could not be taken in, which no look has repaired
  MonotonicTime rescan_not_before_;
  DiscoveryStatus status_;

  // Of the node loop's thread only.
  MonotonicTime next_audit_;
  MonotonicTime last_take_in_;
  std::chrono::nanoseconds take_in_cost_{0};  // CPU time of the last one
  bool are_many_ = false;                     // some came while the last were gathered: more will
  bool is_current_ = false;                   // what there was is taken in
};

}  // namespace gthulhu
