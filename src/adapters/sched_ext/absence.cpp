// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/absence.h"

#include <cstdlib>

namespace gthulhu::absence {

namespace {

std::string prospect(const Ejections& ejections) {
  using State = Ejections::State;
  switch (ejections.state()) {
    case State::welcome: return "it is loaded again at once";
    case State::delayed:
      return "it is loaded again after " + std::to_string(ejections.delay().count()) + " s";
    case State::quarantined:
      return "quarantined: three failures within ten minutes, one more trial after half an hour";
    case State::off_by_request:
      return "which is respected: it stays off until `gthulhu scheduler reset`";
    case State::off_for_good:
      return "after quarantine too, so it stays off until `gthulhu scheduler reset`";
  }
  std::abort();
}

}  // namespace

std::string unusable(const std::string& reason) {
  return "sched_ext: " + reason;
}

std::string occupied(const std::string& name) {
  return "sched_ext: the scheduler " + name + " is attached; ours waits until it is gone";
}

std::string claimed(const std::string& reason) {
  return "sched_ext: " + reason + "; ours waits until that has ended";
}

std::string stopped() {
  return "sched_ext: our scheduler was stopped by an operator: it stays off until `gthulhu "
         "scheduler reset`, or until the decision maker starts anew";
}

std::string being_changed() {
  return "sched_ext: the kernel is changing schedulers; ours waits until it has";
}

std::string limited(const std::string& path, CgroupVersion version) {
  const std::string file = version == CgroupVersion::v1 ? "cpu.cfs_quota_us" : "cpu.max";
  return "sched_ext: not loaded: the cgroup " + path + " has a CPU limit (" + file +
         "), and scheduler.refuse_limited_nodes leaves such a node to the kernel's own scheduler";
}

std::string ejected(const SchedulerEnd& end, const Ejections& ejections) {
  std::string text = ejections.state() == Ejections::State::off_by_request
                         ? "sched_ext: our scheduler was ended by somebody else: "
                         : "sched_ext: our scheduler was thrown out: ";
  text += end.reason;
  if (!end.message.empty()) text += " (" + end.message + ")";
  return text + "; " + prospect(ejections);
}

std::string not_loaded(const std::string& reason, const Ejections& ejections) {
  return "sched_ext: our scheduler could not be loaded again: " + reason + "; " +
         prospect(ejections);
}

}  // namespace gthulhu::absence
