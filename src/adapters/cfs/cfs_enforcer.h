// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cfs/cpu_weight.h"
#include "adapters/cfs/journal.h"
#include "adapters/cfs/journal_storage.h"
#include "adapters/cfs/managed_groups.h"
#include "adapters/cfs/managed_tasks.h"
#include "adapters/cfs/proc_tasks.h"
#include "adapters/cfs/task_scheduling.h"
#include "app/ports/enforcer.h"
#include "base/result.h"
#include "base/shared_memo.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Makes the fair scheduler of any kernel obey, approximately: every thread's own nice moved by
// −priority, its slice where the kernel takes one (6.12+), and between cpu cgroups the pod's weight
// times 1.25^priority; priority −20 is SCHED_IDLE and cpu.idle (design D7, D9, F1–F3). What is
// verified and what is degraded, and why, is in docs/enforcers.md.
//
// Originals are in a journal before the first write. After a crash, recover() takes over
// what still holds values of ours; the first enforce() then keeps what is still wanted and puts
// back the rest. A task that its parent forked between our write and the crash is in no journal. It
// is found by one scan of all tasks: who is not journalled, holds exactly a journalled pair of
// policy, nice and slice, started after that was first written, and is tied to it (the same
// process, a descendant, or the same cgroup other than the root) inherited it, and gets back that
// one's own values. Out of reach are a descendant of a process that ended and that has moved to
// another cgroup meanwhile, and a child forked under a value that was replaced twice within one
// pass; a stranger in the same cgroup that chose exactly our values itself is taken for a child.
//
// A task whose values its own program changed after our write is left alone, now and at restore.
//
// Threads: all functions from the node loop only.
class CfsEnforcer : public Enforcer {
 public:
  struct Settings {
    std::string journal_path;  // its directory exists
    CpuHierarchy hierarchy;
    bool kubelet_weights = false;  // also of cgroups that the kubelet owns
    std::string chosen_because;    // begins the status's reason
    std::string proc = "/proc";
    std::string systemctl = "/usr/bin/systemctl";
    std::chrono::milliseconds systemctl_deadline{2'000};
    std::size_t audits_per_scan = 60;  // of all tasks of the machine
    std::size_t audit_tasks_most =
        500;  // where there are more, several audits look at them in turn
  };
  // The outside; tests bring parts that fail.
  struct Parts {
    std::unique_ptr<SchedulingCalls> calls;
    std::unique_ptr<CgroupFiles> cgroups;
    std::unique_ptr<JournalStorage> storage;
  };

  // Writes nothing yet. Errc::unsupported without sched_setattr(2), Errc::unavailable for a journal
  // that cannot be read.
  static Result<std::unique_ptr<CfsEnforcer>> open(Settings settings);
  static Result<std::unique_ptr<CfsEnforcer>> open(Settings settings, Parts parts);

  // Once, before the first enforce(): takes over what an earlier run left in the kernel.
  // Errc::unavailable when the journal cannot be written; what was taken over is managed anyway.
  Result<> recover();

  [[nodiscard]] EnforcerStatus status() const override;
  Result<Outcomes> enforce(const Decisions& wanted) override;
  Result<> audit() override;
  Result<> restore_all() override;

  // How often a value was found that is not the one last written, since the start.
  [[nodiscard]] std::size_t differences() const;

 private:
  // Among whom the nice values of a cgroup's tasks count.
  enum class Reach : std::uint8_t { other_workloads, inside_pod, inside_session };

  CfsEnforcer(Settings settings, Parts parts, TaskScheduling scheduling, Journal::Opened opened);

  Result<> pass(std::vector<TaskRecord> tasks, std::vector<GroupRecord> groups);
  // Puts back what plan() left over, and the children that were forked meanwhile.
  JournalBatch restore_leaving();
  void try_to_record(const JournalBatch& batch);
  [[nodiscard]] JournalBatch live() const;
  [[nodiscard]] std::vector<pid_t> tasks_in(const std::set<std::string>& cgroups) const;

  [[nodiscard]] PodOutcomes outcomes_of(const PodDecisions& pod);
  // What hinders a decision, as one of reasons.h; empty when nothing does.
  [[nodiscard]] std::string_view trouble_of_pod(const PodDecision& decision);
  // `of_pod` where the decision is the one for the whole pod.
  [[nodiscard]] std::string_view trouble_of(const Decision& decision,
                                            const ManagedTasks::Managed& managed,
                                            std::optional<std::string_view> of_pod);
  [[nodiscard]] Reach reach_of(const std::string& cgroup);

  const Settings settings_;
  Parts parts_;
  TaskScheduling scheduling_;
  ProcTasks files_;
  CpuWeights weights_;
  Journal journal_;
  JournalContent recovered_;
  std::string journal_trouble_;
  ManagedTasks tasks_;
  ManagedGroups groups_;
  bool autogroup_;
  std::map<std::string, Reach> reaches_;

  Decisions wanted_;
  // Of the last wanted_.
  SharedMemo<PodDecisions, PodOutcomes, &PodDecisions::pod> outcomes_;
  bool dirty_ = true;  // something else than a change of wanted_ is to be done or looked at
  std::size_t audits_ = 0;
};

}  // namespace gthulhu
