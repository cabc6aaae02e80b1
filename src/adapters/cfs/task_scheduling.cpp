// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/task_scheduling.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

namespace gthulhu {

namespace {

Error failure(std::string_view call, pid_t tid, int reason) {
  Errc code = Errc::unavailable;
  if (reason == ESRCH) code = Errc::not_found;
  if (reason == EPERM || reason == EACCES) code = Errc::forbidden;
  if (reason == ENOSYS) code = Errc::unsupported;
  return Error{code, std::strerror(reason), std::string(call) + " of task " + std::to_string(tid)};
}

struct SliceProbe {
  int failed = 0;
  bool takes_slices = false;
  std::uint64_t default_ns = 0;
};

// Runs on a fresh thread and about itself only (tid 0). A fresh thread inherits the slice of its
// maker, so the default shows only after a write of 0. Nice is written as it is: that needs no
// right.
void probe_slices(SchedulingCalls& calls, SliceProbe& probe) {
  constexpr std::uint64_t odd_slice_ns = 1'234'567;
  SchedAttr attr;
  probe.failed = calls.get(0, attr);
  if (probe.failed != 0) return;
  SchedAttr asked;
  asked.flags = flag_keep_policy | (attr.flags & flag_reset_on_fork);
  asked.nice = attr.nice;
  asked.runtime = odd_slice_ns;
  probe.failed = calls.set(0, asked);
  if (probe.failed == 0) probe.failed = calls.get(0, attr);
  if (probe.failed != 0) return;
  probe.takes_slices = attr.runtime == odd_slice_ns;
  asked.runtime = 0;
  probe.failed = calls.set(0, asked);
  if (probe.failed == 0) probe.failed = calls.get(0, attr);
  probe.default_ns = attr.runtime;
}

SliceProbe probe_on_own_thread(SchedulingCalls& calls) {
  SliceProbe probe;
  std::thread([&] { probe_slices(calls, probe); }).join();
  return probe;
}

}  // namespace

int KernelSchedulingCalls::get(pid_t tid, SchedAttr& attr) {
  const long failed = ::syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0U);
  return failed == 0 ? 0 : errno;
}

int KernelSchedulingCalls::set(pid_t tid, const SchedAttr& attr) {
  SchedAttr copy = attr;  // the kernel writes its own size into it on E2BIG
  const long failed = ::syscall(SYS_sched_setattr, tid, &copy, 0U);
  return failed == 0 ? 0 : errno;
}

Result<TaskScheduling> TaskScheduling::probe(SchedulingCalls& calls) {
  const SliceProbe probe = probe_on_own_thread(calls);
  if (probe.failed != 0) return failure("sched_setattr", 0, probe.failed);
  TaskScheduling result(calls);
  result.takes_slices_ = probe.takes_slices;
  if (probe.takes_slices) result.default_slices_.push_back(probe.default_ns);
  return result;
}

void TaskScheduling::refresh_default() {
  if (!takes_slices_) return;
  const SliceProbe probe = probe_on_own_thread(*calls_);
  if (probe.failed != 0 || as_read(probe.default_ns) == 0) return;
  default_slices_.push_back(probe.default_ns);
}

std::uint64_t TaskScheduling::as_read(std::uint64_t slice_ns) const {
  if (!takes_slices_) return 0;
  return std::find(default_slices_.begin(), default_slices_.end(), slice_ns) ==
                 default_slices_.end()
             ? slice_ns
             : 0;
}

Result<ReadValues> TaskScheduling::get(pid_t tid) {
  SchedAttr attr;
  if (const int failed = calls_->get(tid, attr); failed != 0) {
    return failure("sched_getattr", tid, failed);
  }
  ReadValues read;
  read.values.policy = attr.policy;
  read.reset_on_fork = (attr.flags & flag_reset_on_fork) != 0;
  // Of a deadline task the fields mean something else.
  if (read.values.is_real_time()) return read;
  read.values.nice = attr.nice;
  read.values.slice_ns = as_read(attr.runtime);
  return read;
}

Result<> TaskScheduling::set(pid_t tid, const ReadValues& from, const SchedValues& to) {
  SchedAttr attr;
  attr.nice = to.nice;
  attr.runtime = takes_slices_ ? to.slice_ns : 0;
  const std::uint64_t kept_flags = from.reset_on_fork ? flag_reset_on_fork : 0;

  // The kernel takes nice and slice of SCHED_OTHER and SCHED_BATCH only (fair_policy() in
  // kernel/sched/sched.h), so they are set before a task becomes SCHED_IDLE and after it was.
  const bool same_policy = from.values.policy == to.policy;
  const bool params_first = to.is_idle() && !from.values.is_idle() &&
                            (from.values.nice != to.nice || from.values.slice_ns != to.slice_ns);
  if (same_policy || params_first) {
    attr.policy = SCHED_OTHER;
    attr.flags = kept_flags | flag_keep_policy;
    if (const int failed = calls_->set(tid, attr); failed != 0) {
      return failure("sched_setattr", tid, failed);
    }
  }
  if (!same_policy) {
    attr.policy = to.policy;
    attr.flags = kept_flags;
    if (const int failed = calls_->set(tid, attr); failed != 0) {
      return failure("sched_setattr", tid, failed);
    }
  }
  return {};
}

}  // namespace gthulhu
