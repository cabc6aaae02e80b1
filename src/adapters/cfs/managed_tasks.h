// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cfs/inheritance.h"
#include "adapters/cfs/journal_records.h"
#include "adapters/cfs/proc_tasks.h"
#include "adapters/cfs/task_scheduling.h"
#include "base/result.h"
#include "core/enforce/pod_changes.h"
#include "core/model/decision.h"

namespace gthulhu {

// The tasks that the cfs enforcer looks after: what they had, what they were given, what they hold.
//
// A pass over a wanted set is plan() → restore_leaving() → (the journal is on disk) → write().
// Between them nothing is kept of a planned write, so a pass may stop after any step.
//
// Threads: one at a time. The references outlive this.
class ManagedTasks {
 public:
  enum class State : std::uint8_t {
    in_force,   // read back
    real_time,  // its policy is none of ours
    own_idle,   // SCHED_IDLE by its own doing, where nice means nothing
    changed,    // by its program since our write; left alone
    refused,    // by the kernel; tried again
    forbidden   // likewise, for want of a right
  };
  struct Task {
    // One that held our values when this program first saw it.
    static Task taken_over(const SchedValues& base,
                           std::uint64_t since_ticks,
                           const ReadValues& now);
    // Its values may be ours: a child of it may have inherited them.
    [[nodiscard]] bool is_ours() const {
      return state == State::in_force || state == State::refused || state == State::forbidden;
    }

    // Its values are, or may be, ours and not its own.
    [[nodiscard]] bool is_changed() const { return is_ours() && held != base; }

    State state = State::in_force;
    bool clamped = false;
    bool reset_on_fork = false;
    std::uint64_t since_ticks = 0;
    SchedValues base;
    SchedValues held;      // as last read
    SchedValues target;    // as asked for
    SchedValues previous;  // held before the last write
    Priority priority;     // as decided
    Slice slice;
  };
  struct Managed {
    std::string cgroup;
    std::string pod_cgroup;  // of the pod's decision; empty when there is none
    std::size_t intent = 0;
    std::map<TaskId, Task> tasks;
    std::size_t changed = 0;  // of the tasks: those with values of ours
  };

  ManagedTasks(TaskScheduling& scheduling, const ProcTasks& files)
      : scheduling_(scheduling), files_(files) {}

  // Takes over what a journal says; what does not hold our values any more is left out.
  void take_over(const std::map<TaskId, TaskRecord>& records);

  // Looks at the difference between what is wanted and what is managed, and at new tasks. System
  // calls for new and changed tasks only. The records of the writes to come.
  std::vector<TaskRecord> plan(const Decisions& wanted);
  // The same where what is wanted differs from the last plan() by these changes only, and nothing
  // is unsettled: what did not change is not looked at.
  std::vector<TaskRecord> plan_changes(const std::vector<PodChange>& changes);
  // Puts back what is managed and was not wanted in plan(), and what adopt() found since that
  // nobody wants. The tasks that need no record any more.
  std::vector<TaskId> restore_leaving();
  // Carries plan() out and reads back.
  void write();
  // Forgets plan() instead.
  void drop_plan() { planned_.clear(); }

  // Finds tasks that carry our values without being managed (forked while their parent was, and in
  // no decision), and takes them over, so that the next pass restores those that nobody wants.
  // Their records; empty when there were none. At first sight, or when they carry our values in two
  // audits: most are children of a wanted process that the next list of processes names.
  std::vector<TaskRecord> adopt(const std::vector<pid_t>& candidates, bool at_first_sight);

  struct Audited {
    std::vector<TaskId> gone;       // they need no record any more
    std::set<std::string> cgroups;  // of these tasks, and some of those restored lately
  };
  // Reads back the tasks of the next processes in turn, about `tasks_most` of them; all, where
  // there are no more. Processes that come meanwhile are read in the next round.
  Audited audit(std::size_t tasks_most, std::size_t former_cgroups_most);

  [[nodiscard]] const std::map<TaskId, Managed>& processes() const { return processes_; }
  [[nodiscard]] std::vector<TaskRecord> records() const;
  // Whether there may be tasks that inherited values of ours.
  [[nodiscard]] bool may_have_heirs() const { return !processes_.empty() || !former_.empty(); }
  // Of those restored since the last plan().
  [[nodiscard]] const std::set<std::string>& left_cgroups() const { return left_cgroups_; }
  // Something is to be tried again or looked at again.
  [[nodiscard]] bool is_unsettled() const { return unsettled_; }
  [[nodiscard]] bool has_plan() const { return !planned_.empty(); }
  [[nodiscard]] std::size_t differences() const { return differences_; }
  // With values of ours.
  [[nodiscard]] std::size_t count() const { return changed_; }
  // Those restored so far have no more children that could turn up.
  void forget_former();

 private:
  struct Planned {
    TaskId process;
    TaskId id;
    Task next;
  };
  struct Leaving {
    TaskId process;
    TaskId id;
  };

  void begin_plan();
  [[nodiscard]] std::vector<TaskRecord> planned_records() const;
  void plan_process(const PodDecisions& pod, const Decision& decision);
  void plan_task(const Decision& decision, const TaskId& id, Managed& managed);
  void plan_newcomer(const Decision& decision, const TaskId& id, Managed& managed);
  // Whose values the newcomer carries, if not its own. `parent` is the one that is known.
  [[nodiscard]] std::optional<Inherited> inherited(Newcomer newcomer, pid_t parent);
  // Whether any task could have passed these on.
  bool could_be_inherited(const SchedValues& values);
  void write_one(const Planned& planned);
  // False when it could not be put back and must be tried again.
  bool restore_one(const TaskId& process, const TaskId& id, const Managed& managed, Task& task);
  // The task still is the one with this start time.
  [[nodiscard]] bool is_same(const TaskId& id) const;
  static Carrier carrier_of(const TaskId& process, const std::string& cgroup, const Task& task);
  static void append_carriers(std::vector<Carrier>& carriers,
                              const TaskId& process,
                              const Managed& managed);
  // Counts again, after its tasks may have changed.
  void recount(Managed& managed);
  void remember(Carrier former);
  // One that is looked after no more, if it may have passed on values of ours.
  void remember_if_ours(const TaskId& process, const Managed& managed, const Task& task);
  // True when none of its tasks is left.
  bool audit_process(const TaskId& process, Managed& managed, std::vector<TaskId>& gone);
  [[nodiscard]] bool is_managed(const TaskId& process, const TaskId& id) const;
  // Erases it when nothing of it is left or planned.
  void forget_if_over(const TaskId& process);

  TaskScheduling& scheduling_;
  const ProcTasks& files_;
  std::map<TaskId, Managed> processes_;
  std::size_t changed_ = 0;  // of all
  std::set<TaskId> wanted_;  // tasks, of the last plan()
  std::vector<Planned> planned_;
  std::vector<Leaving> leaving_;  // of the last plan(): what may have to be put back
  std::map<SchedValues, bool> could_be_inherited_;  // since the last plan()
  std::deque<Carrier> former_;  // restored or ended lately: children may be on their way
  std::set<std::string> left_cgroups_;
  std::set<std::string> former_cgroups_;     // in which those of former_ were, and perhaps more
  std::uint64_t audits_ = 0;                 // so far
  TaskId audited_;                           // the last process that was
  TaskId round_end_;                         // the last process of this round of audits
  std::string audited_former_;               // the last of former_cgroups_ that was
  std::map<pid_t, std::uint64_t> suspects_;  // carry our values, and in which audit that was seen
  std::size_t differences_ = 0;
  bool is_default_read_ = false;  // in this audit
  bool unsettled_ = false;
};

}  // namespace gthulhu
