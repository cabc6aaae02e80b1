// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/cgroup_tree.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gthulhu {

namespace {

// A scan may take this part of a CPU between two scans: not of the time, which is long where others
// want all CPUs.
constexpr int idle_per_work = 100;

}  // namespace

CgroupTree::CgroupTree(const Clock& clock,
                       CpuHierarchy hierarchy,
                       NodeName node,
                       Settings settings,
                       WatchedDirectories directories,
                       Fd news)
    : clock_(clock),
      hierarchy_(std::move(hierarchy)),
      node_(std::move(node)),
      settings_(settings),
      news_(std::move(news)),
      directories_(std::move(directories)) {}

Result<std::unique_ptr<CgroupTree>> CgroupTree::open(const Clock& clock,
                                                     CpuHierarchy hierarchy,
                                                     NodeName node) {
  return open(clock, std::move(hierarchy), std::move(node), Settings{});
}

Result<std::unique_ptr<CgroupTree>> CgroupTree::open(const Clock& clock,
                                                     CpuHierarchy hierarchy,
                                                     NodeName node,
                                                     Settings settings) {
  Fd news(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!news.valid()) return Error{Errc::unavailable, "no eventfd is left", std::strerror(errno)};
  const auto used_before = clock.thread_cpu();
  auto directories = TRY(WatchedDirectories::open(hierarchy.root, settings.watches_most));
  std::unique_ptr<CgroupTree> tree(new CgroupTree(clock, std::move(hierarchy), std::move(node),
                                                  settings, std::move(directories),
                                                  std::move(news)));
  tree->publish();
  tree->schedule(clock.thread_cpu() - used_before, tree->directories_.trouble().empty());
  return tree;
}

CgroupTree::View CgroupTree::refresh() {
  const std::lock_guard lock(mutex_);
  Result<bool> changed = look(clock_.monotonic());
  failure_ = changed ? "" : changed.error().text();
  if (changed && *changed) publish();
  return view_;
}

Result<bool> CgroupTree::look(MonotonicTime now) {
  const bool was_complete = directories_.trouble().empty();
  Result<bool> changed = directories_.read_events();
  const bool is_complete = changed && directories_.trouble().empty();
  if (now >= next_scan_) {
    const bool by_events = changed && *changed;
    const auto used_before = clock_.thread_cpu();
    changed = directories_.rescan();
    if (changed && by_events) *changed = true;
    schedule(clock_.thread_cpu() - used_before, changed && directories_.trouble().empty());
  } else if (was_complete && failure_.empty() && !is_complete) {
    schedule(std::chrono::nanoseconds{0}, false);
  }
  return changed;
}

void CgroupTree::schedule(std::chrono::nanoseconds used, bool is_complete) {
  const auto usual = is_complete ? settings_.audit_every : settings_.rescan_every;
  next_scan_ = clock_.monotonic() + std::max<MonotonicTime::duration>(usual, used * idle_per_work);
}

void CgroupTree::publish() {
  auto workloads =
      std::make_shared<const Workloads>(workloads_of(directories_.directories(), node_));
  if (view_ != nullptr && *view_ == *workloads) return;
  view_ = std::move(workloads);
  const std::uint64_t one = 1;
  // Fails only when it is readable already.
  (void)!::write(news_.get(), &one, sizeof one);
}

std::string CgroupTree::trouble() const {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return failure_;
  if (directories_.trouble().empty()) return {};
  return directories_.trouble() + ": new workloads are seen only every " +
         std::to_string(settings_.rescan_every.count()) + " ms";
}

MonotonicTime CgroupTree::next_due() const {
  const std::lock_guard lock(mutex_);
  return next_scan_;
}

}  // namespace gthulhu
