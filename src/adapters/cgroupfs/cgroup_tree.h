// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/cgroupfs/watched_directories.h"
#include "adapters/cgroupfs/workload.h"
#include "base/clock.h"
#include "base/owned.h"
#include "base/result.h"
#include "core/model/cgroup.h"
#include "core/model/node.h"

namespace gthulhu {

// The workloads of this node by the directories of the cpu hierarchy, as an immutable snapshot.
//
// Has no thread: whoever wants to know calls refresh(), which takes in what the kernel has queued,
// so that its answer holds every directory made before the call. Where inotify cannot watch
// everything, refresh() looks at all directories again, at most every `rescan_every` and for at
// most one hundredth of a CPU.
//
// Threads: all functions from anywhere.
class CgroupTree {
 public:
  struct Settings {
    std::chrono::milliseconds audit_every{30'000};  // looks at everything, events or not
    std::chrono::milliseconds rescan_every{1'000};  // the same where events are missing
    std::size_t watches_most = std::numeric_limits<std::size_t>::max();
  };
  using Workloads = std::map<PodUid, Workload>;
  using View = std::shared_ptr<const Workloads>;

  // `clock` outlives this. Errc::unavailable when the hierarchy cannot be read.
  static Result<std::unique_ptr<CgroupTree>> open(const Clock& clock,
                                                  CpuHierarchy hierarchy,
                                                  NodeName node,
                                                  Settings settings);
  static Result<std::unique_ptr<CgroupTree>> open(const Clock& clock,
                                                  CpuHierarchy hierarchy,
                                                  NodeName node);

  // The workloads now; the same pointer as before when nothing changed. When the hierarchy cannot
  // be read, the last ones that could be.
  View refresh();

  // Why workloads are seen late or not at all, for the status; empty when they are not.
  [[nodiscard]] std::string trouble() const;

  [[nodiscard]] const CpuHierarchy& hierarchy() const { return hierarchy_; }

  // Readable when refresh() has something to do; -1 when it has to be called every so often.
  [[nodiscard]] int kernel_events() const { return directories_.event_fd(); }
  // An eventfd that becomes readable when a refresh() by anybody brought something new. For one
  // waiter, who reads it before it calls refresh().
  [[nodiscard]] int news() const { return news_.get(); }
  // When refresh() has something to do without an event.
  [[nodiscard]] MonotonicTime next_due() const;

 private:
  CgroupTree(const Clock& clock,
             CpuHierarchy hierarchy,
             NodeName node,
             Settings settings,
             WatchedDirectories directories,
             Fd news);

  Result<bool> look(MonotonicTime now);
  // `used`: CPU time of the scan that was.
  void schedule(std::chrono::nanoseconds used, bool is_complete);
  void publish();

  const Clock& clock_;
  const CpuHierarchy hierarchy_;
  const NodeName node_;
  const Settings settings_;
  const Fd news_;

  mutable std::mutex mutex_;  // guards everything below but event_fd(), which never changes
  WatchedDirectories directories_;
  View view_;
  MonotonicTime next_scan_;
  std::string failure_;
};

}  // namespace gthulhu
