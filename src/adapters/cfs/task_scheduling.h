// SPDX-License-Identifier: Apache-2.0
//
// sched_getattr(2) and sched_setattr(2), of which glibc has no wrappers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "adapters/cfs/sched_values.h"
#include "base/result.h"

namespace gthulhu {

// struct sched_attr of include/uapi/linux/sched/types.h, in its second version (56 bytes).
struct SchedAttr {
  std::uint32_t size = sizeof(SchedAttr);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of a fair task: its slice in ns, since Linux 6.12
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
  std::uint32_t util_min = 0;
  std::uint32_t util_max = 0;
};
static_assert(sizeof(SchedAttr) == 56);

constexpr std::uint64_t flag_reset_on_fork = 0x01;
constexpr std::uint64_t flag_keep_policy = 0x08;

// The two system calls; tests make the n-th of them fail. Both return 0 or an errno.
class SchedulingCalls {
 public:
  virtual ~SchedulingCalls() = default;
  virtual int get(pid_t tid, SchedAttr& attr) = 0;
  virtual int set(pid_t tid, const SchedAttr& attr) = 0;
};

class KernelSchedulingCalls : public SchedulingCalls {
 public:
  int get(pid_t tid, SchedAttr& attr) override;
  int set(pid_t tid, const SchedAttr& attr) override;
};

// Reads and writes policy, nice and slice of tasks, always all three together: a call with nice 0
// resets nice, SCHED_FLAG_KEEP_PARAMS ignores the slice, and a slice of 0 restores the default.
// The kernel reports the default slice as if it were set, so a slice equal to that of a fresh
// thread is read as 0. Utilization clamps stay as they are, since no call names them.
//
// Threads: one at a time. `calls` outlives this.
class TaskScheduling {
 public:
  // Learns on a thread of its own, which ends at once, whether the kernel takes slices for fair
  // tasks and what its default is. Errc::unsupported where the calls do not exist.
  static Result<TaskScheduling> probe(SchedulingCalls& calls);

  // Errc::not_found: no such task (any more). Errc::unavailable: any other failure.
  Result<ReadValues> get(pid_t tid);

  // Makes a fair task (SCHED_OTHER, BATCH, IDLE) that holds `from` hold `to`. While its policy
  // stays the same, a task that became real-time meanwhile is refused by the kernel, not changed
  // (SCHED_FLAG_KEEP_POLICY with priority 0 is EINVAL there). Errors as of get(), and
  // Errc::forbidden without the right to.
  Result<> set(pid_t tid, const ReadValues& from, const SchedValues& to);

  [[nodiscard]] bool takes_slices() const { return takes_slices_; }

  // Learns the default slice again: CPU hotplug changes it, and sleeping tasks report the old one
  // until they run. Former defaults are still read as "default".
  void refresh_default();

  // The form in which get() reports a slice that somebody asks for: the default is 0.
  [[nodiscard]] std::uint64_t as_read(std::uint64_t slice_ns) const;

 private:
  explicit TaskScheduling(SchedulingCalls& calls) : calls_(&calls) {}

  SchedulingCalls* calls_;
  bool takes_slices_ = false;
  std::vector<std::uint64_t> default_slices_;  // present and former
};

}  // namespace gthulhu
