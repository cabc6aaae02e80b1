// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/cgroup_delays.h"

#include <fcntl.h>

#include <utility>

#include "adapters/cgroupfs/small_file.h"
#include "core/match/cpu_stat.h"

namespace gthulhu {

namespace {

// Those that no other is above: what is counted there is counted below as well.
std::set<CgroupId> outermost(const Workload& workload) {
  std::set<CgroupId> found;
  const std::string* above = nullptr;
  for (const Workload::Directory& directory : workload.directories) {
    if (above != nullptr && is_at_or_below(directory.path, *above)) continue;
    above = &directory.path;
    found.insert(CgroupId{directory.inode});
  }
  return found;
}

}  // namespace

CgroupDelays::CgroupDelays(CgroupTree& tree,
                           std::unique_ptr<RunQueueMeter> meter,
                           std::string uncounted)
    : tree_(tree), meter_(std::move(meter)), uncounted_(std::move(uncounted)) {}

Result<std::map<PodUid, PodDelay>> CgroupDelays::of(const std::set<PodUid>& pods) {
  const CgroupTree::View workloads = tree_.refresh();
  keep(pods);
  if (meter_ != nullptr) TRY(count_in(*workloads));
  std::map<PodUid, PodDelay> delays;
  for (auto& [pod, account] : pods_) {
    const auto workload = workloads->find(pod);
    TRY(read_throttling(workload == workloads->end() ? nullptr : &workload->second, account));
    PodDelay& delay = delays[pod];
    if (meter_ != nullptr) delay.waits = TRY(meter_->counted(account.number));
    delay.throttling = account.gone;
    for (const auto& [cgroup, counts] : account.cgroups) delay.throttling += counts;
  }
  return delays;
}

void CgroupDelays::keep(const std::set<PodUid>& pods) {
  std::erase_if(pods_, [&](const auto& entry) { return !pods.contains(entry.first); });
  for (const PodUid& pod : pods) {
    const auto [account, is_new] = pods_.try_emplace(pod);
    if (is_new) account->second.number = MeterNumber{++last_number_};
  }
}

Result<> CgroupDelays::count_in(const CgroupTree::Workloads& workloads) {
  RunQueueMeter::Cgroups cgroups;
  for (const auto& [pod, account] : pods_) {
    std::set<CgroupId>& places = cgroups[account.number];
    const auto workload = workloads.find(pod);
    if (workload != workloads.end()) places = outermost(workload->second);
  }
  return meter_->count_in(cgroups);
}

Result<> CgroupDelays::read_throttling(const Workload* workload, Account& account) {
  std::map<CgroupId, Throttling> now;
  if (workload != nullptr) {
    for (const Workload::Directory& directory : workload->directories) {
      const std::string path = tree_.hierarchy().root + directory.path + "/cpu.stat";
      content_.clear();
      if (TRY(read_small_file(AT_FDCWD, path, content_)) == FileState::gone) continue;
      now.emplace(CgroupId{directory.inode}, parse_cpu_stat(content_));
    }
  }
  for (const auto& [cgroup, counts] : account.cgroups) {
    if (!now.contains(cgroup)) account.gone += counts;
  }
  account.cgroups = std::move(now);
  return {};
}

}  // namespace gthulhu
