// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/shared.h"
#include "core/model/process.h"
#include "core/model/task_event.h"

namespace gthulhu {

// A process as it was found by looking, with the place of each thread.
struct FoundProcess {
  struct FoundThread {
    Thread thread;
    CgroupId cgroup{};

    bool operator==(const FoundThread&) const = default;
  };

  TaskId id;
  pid_t parent = 0;
  std::string comm;
  std::vector<FoundThread> threads;  // by number
  // What it runs, once somebody looked; until it executes something else.
  std::optional<Shared<Program>> program = {};

  // But for the program, which is looked at apart.
  bool operator==(const FoundProcess& other) const {
    return id == other.id && parent == other.parent && comm == other.comm &&
           threads == other.threads;
  }
};

// Where the processes of a pod may be.
struct PodPlaces {
  std::string cgroup_path;
  std::map<CgroupId, Shared<std::string>> containers;  // by cgroup; empty where the path names none

  bool operator==(const PodPlaces&) const = default;
};

// Pods → containers → processes → threads, kept by what the kernel tells and, where that is not
// enough, by what was found. Tasks outside of pods are not in it.
//
// Events may tell of what is known already, as those that were under way while somebody looked: as
// long as they come in their order, the index is right after the last one. A number that was given
// to another task is told apart by its start, so nothing of the former one is left.
//
// Threads: one at a time.
class TaskIndex {
 public:
  enum class Applied : std::uint8_t {
    done,
    look_at_process  // it has to be looked at, and process_is() to be called
  };

  // The pods and their cgroups from now on. The cgroups that are new: they may have tasks already.
  std::vector<CgroupId> pods_are(std::map<PodUid, PodPlaces> pods);
  [[nodiscard]] bool is_place(CgroupId cgroup) const { return places_.contains(cgroup); }

  Applied apply(const TaskEvent& event);
  // What was found of this process just now; nothing when there is none. True when that was not
  // known.
  bool process_is(pid_t process, std::optional<FoundProcess> found);

  // From now on the programs of these pods' processes are wanted too.
  void programs_are_wanted_of(PodSet pods);
  // Of which processes they are wanted and not known.
  [[nodiscard]] std::vector<TaskId> without_program() const;
  [[nodiscard]] bool is_program_wanted(const PodUid& pod) const { return wanted_->contains(pod); }
  // What the process runs, as it was found just now. Nothing for one that is not in the index.
  void program_is(const TaskId& process, Program program);

  // The processes of a pod that is in the index.
  [[nodiscard]] std::optional<FoundProcess> process(pid_t process) const;
  [[nodiscard]] std::vector<pid_t> processes_of(const PodUid& pod) const;

  // Those that are in the index.
  const RunningPods& of(const PodSet& pods);
  RunningPods all();
  // Whether of() for the same pods would say something else than it did the last time.
  [[nodiscard]] bool has_news() const {
    return (are_others_ && !asked_for_->empty()) || !changed_.empty();
  }

  [[nodiscard]] std::size_t pod_count() const { return pods_.size(); }
  [[nodiscard]] std::size_t process_count() const { return processes_.size(); }
  [[nodiscard]] std::size_t thread_count() const { return thread_count_; }

 private:
  // A process with threads in a pod, as far as it is in it.
  struct Member {
    pid_t process = 0;
    std::size_t threads = 0;
    std::optional<Shared<Process>> made = {};  // nothing: has to be made anew
  };
  struct Pod {
    PodPlaces places;
    Shared<PodCgroup> cgroup;
    std::vector<Member> members;  // by process
    Shared<PodProcesses> made;
    bool is_stale = true;
    std::optional<std::size_t> watched_at = {};  // its place in watched_, if of() asked for it
  };
  using Processes = std::unordered_map<pid_t, FoundProcess>;

  void start(const TaskEvent& event);
  void execute(const TaskEvent& event, FoundProcess& process);
  void rename(const TaskEvent& event, FoundProcess& process);
  void move(const TaskEvent& event, FoundProcess& process);
  void end(const TaskEvent& event, FoundProcess& process);

  void add(FoundProcess process);
  void add_thread(FoundProcess& process, FoundProcess::FoundThread thread);
  void remove(pid_t process);
  void remove_thread(FoundProcess& process, std::size_t index);
  // What is in no pod is not kept.
  void drop_if_outside(pid_t process);
  void enter(CgroupId cgroup, pid_t process);
  void leave(CgroupId cgroup, pid_t process);
  static std::vector<Member>::iterator position(std::vector<Member>& members, pid_t process);
  void touch(Pod& pod);
  void touch(Pod& pod, Member& member);
  void touch(const FoundProcess& process);
  void watch(const PodSet& pods);
  const Shared<PodProcesses>& made(Pod& pod);

  std::map<PodUid, Pod> pods_;
  std::unordered_map<CgroupId, Pod*> places_;
  Processes processes_;
  std::size_t thread_count_ = 0;

  PodSet wanted_;  // their programs are
  PodSet asked_for_;
  RunningPods watched_;                                // what of() said last
  std::vector<std::pair<std::size_t, Pod*>> changed_;  // of these, with their places
  bool are_others_ = true;                             // watched_ may have other pods by now
};

}  // namespace gthulhu
