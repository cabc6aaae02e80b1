// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/cgroup_processes.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gthulhu {

CgroupProcesses::CgroupProcesses(const Clock& clock,
                                 CgroupTree& tree,
                                 TaskFiles files,
                                 Fd hierarchy,
                                 Interrupt interrupt,
                                 std::string reason)
    : clock_(clock),
      tree_(tree),
      files_(std::move(files)),
      hierarchy_(std::move(hierarchy)),
      interrupt_(std::move(interrupt)),
      reason_(std::move(reason)) {}

Result<std::unique_ptr<CgroupProcesses>> CgroupProcesses::open(const Clock& clock,
                                                               CgroupTree& tree,
                                                               std::string reason,
                                                               const std::string& proc_root) {
  TaskFiles files = TRY(TaskFiles::open(proc_root));
  const std::string& root = tree.hierarchy().root;
  Fd hierarchy(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!hierarchy.valid()) {
    return Error{Errc::unavailable, "cannot open " + root, std::strerror(errno)};
  }
  Interrupt interrupt = TRY(Interrupt::open());
  return std::unique_ptr<CgroupProcesses>(
      new CgroupProcesses(clock, tree, std::move(files), std::move(hierarchy), std::move(interrupt),
                          std::move(reason)));
}

Result<const RunningPods*> CgroupProcesses::of(const PodSet& pods) {
  const CgroupTree::View workloads = tree_.refresh();
  std::erase_if(tasks_, [&](const auto& entry) {
    return !pods->contains(entry.first) || !workloads->contains(entry.first);
  });
  const MonotonicTime now = clock_.monotonic();
  const RereadPace pace = this->pace();
  found_.clear();
  for (const PodUid& pod : *pods) {
    const auto workload = workloads->find(pod);
    if (workload == workloads->end()) continue;
    const auto known = tasks_.try_emplace(pod, tree_.hierarchy().version, hierarchy_.get()).first;
    TRY(known->second.look(workload->second, files_, now, pace, programs_of_->contains(pod)));
    found_.push_back(known->second.processes());
  }
  return &found_;
}

Result<RunningPods> CgroupProcesses::all() {
  const CgroupTree::View workloads = tree_.refresh();
  const MonotonicTime now = clock_.monotonic();
  RunningPods found;
  for (const auto& [pod, workload] : *workloads) {
    // Asked for seldom: not worth remembering.
    PodTasks tasks(tree_.hierarchy().version, hierarchy_.get());
    TRY(tasks.look(workload, files_, now, RereadPace::of(0, 0)));
    found.push_back(tasks.processes());
  }
  return found;
}

void CgroupProcesses::wait(std::chrono::nanoseconds most) {
  if (interrupt_.wait(most) == Interrupt::Woken::by_interrupt) interrupt_.clear();
}

DiscoveryStatus CgroupProcesses::status() const {
  DiscoveryStatus status;
  status.source = DiscoverySource::scan;
  status.reason = reason_;
  status.trouble = files_.trouble().empty() ? tree_.trouble() : files_.trouble();
  return status;
}

RereadPace CgroupProcesses::pace() const {
  std::size_t processes = 0;
  std::size_t threads = 0;
  for (const auto& [pod, tasks] : tasks_) {
    processes += tasks.process_count();
    threads += tasks.thread_count();
  }
  return RereadPace::of(processes, threads);
}

}  // namespace gthulhu
