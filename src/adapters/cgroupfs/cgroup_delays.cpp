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
                           std::string uncounted,
                           std::shared_ptr<const QuotaCounts> quotas)
    : tree_(tree),
      meter_(std::move(meter)),
      uncounted_(std::move(uncounted)),
      quotas_(std::move(quotas)) {}

Result<std::map<PodUid, PodDelay>> CgroupDelays::of(const std::set<PodUid>& pods) {
  const CgroupTree::View workloads = tree_.refresh();
  keep(pods);
  take_quotas(*workloads);
  std::map<PodUid, PodDelay> delays;
  for (auto& [pod, account] : pods_) {
    const auto workload = workloads->find(pod);
    read_throttling(workload == workloads->end() ? nullptr : &workload->second, account);
    Throttling& throttling = delays[pod].throttling;
    throttling = account.gone;
    for (const auto& [cgroup, counts] : account.cgroups) throttling += counts;
    for (const auto& [cgroup, counts] : account.scheduled) throttling += counts;
  }
  const Result<> counted = meter_ != nullptr ? count(*workloads, delays) : Result<>();
  const std::lock_guard lock(mutex_);
  trouble_ = counted ? "" : counted.error().text();
  return delays;
}

std::string CgroupDelays::uncounted() const {
  const std::lock_guard lock(mutex_);
  return uncounted_.empty() ? trouble_ : uncounted_;
}

void CgroupDelays::keep(const std::set<PodUid>& pods) {
  std::erase_if(pods_, [&](const auto& entry) { return !pods.contains(entry.first); });
  for (const PodUid& pod : pods) {
    const auto [account, is_new] = pods_.try_emplace(pod);
    if (is_new) account->second.number = MeterNumber{++last_number_};
  }
}

Result<> CgroupDelays::count(const CgroupTree::Workloads& workloads,
                             std::map<PodUid, PodDelay>& delays) {
  RunQueueMeter::Cgroups cgroups;
  for (const auto& [pod, account] : pods_) {
    std::set<CgroupId>& places = cgroups[account.number];
    const auto workload = workloads.find(pod);
    if (workload != workloads.end()) places = outermost(workload->second);
  }
  TRY(meter_->count_in(cgroups));
  for (auto& [pod, delay] : delays) delay.runs = TRY(meter_->counted(pods_.at(pod).number));
  return {};
}

void CgroupDelays::read_throttling(const Workload* workload, Account& account) {
  std::map<CgroupId, Throttling> now;
  if (workload != nullptr) {
    for (const Workload::Directory& directory : workload->directories) {
      const std::string path = tree_.hierarchy().root + directory.path + "/cpu.stat";
      content_.clear();
      const CgroupId cgroup{directory.inode};
      const Result<FileState> read = read_small_file(AT_FDCWD, path, content_);
      if (read && *read == FileState::present) {
        now.emplace(cgroup, parse_cpu_stat(content_));
      } else if (const auto known = account.cgroups.find(cgroup);
                 !read && known != account.cgroups.end()) {
        now.insert(*known);  // it cannot be read at present
      }
    }
  }
  for (const auto& [cgroup, counts] : account.cgroups) {
    if (!now.contains(cgroup)) account.gone += counts;
  }
  account.cgroups = std::move(now);
}

void CgroupDelays::take_quotas(const CgroupTree::Workloads& workloads) {
  if (quotas_ == nullptr) return;
  std::map<PodUid, std::set<CgroupId>> cgroups;
  std::set<CgroupId> all;
  for (const auto& [pod, account] : pods_) {
    const auto workload = workloads.find(pod);
    if (workload == workloads.end()) continue;
    for (const Workload::Directory& directory : workload->second.directories) {
      cgroups[pod].insert(CgroupId{directory.inode});
    }
    all.insert(cgroups[pod].begin(), cgroups[pod].end());
  }
  const Result<QuotaCounts::Counted> read = quotas_->of(all);
  if (!read) return;  // it cannot be read at present
  const bool is_same_life = read->life == std::exchange(quotas_life_, read->life);
  for (auto& [pod, account] : pods_) {
    const std::set<CgroupId>& present = cgroups[pod];
    std::erase_if(account.scheduled, [&](const auto& known) {
      // One that the scheduler does not tell of is still there: it is about to end, or has just.
      if (is_same_life && present.contains(known.first)) return false;
      account.gone += known.second;
      return true;
    });
    for (const CgroupId cgroup : present) {
      const auto counts = read->cgroups.find(cgroup);
      if (counts != read->cgroups.end()) account.scheduled[cgroup] = counts->second;
    }
  }
}

}  // namespace gthulhu
