// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/local_workloads.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace gthulhu {

namespace {

// Long enough for mkdir and the labels after it to become one change, short enough not to be
// noticed.
constexpr int gather_ms = 3;
constexpr int wait_most_ms = 60'000;

void tell_changes(PodSink& sink, const CgroupTree::View& before, const CgroupTree::View& now) {
  std::vector<Pod> changed;
  std::vector<PodUid> removed;
  for (const auto& [uid, workload] : *now) {
    const auto old = before->find(uid);
    if (old == before->end() || old->second.pod != workload.pod) changed.push_back(workload.pod);
  }
  for (const auto& [uid, workload] : *before) {
    if (!now->contains(uid)) removed.push_back(uid);
  }
  if (!changed.empty() || !removed.empty())
    sink.pods_changed(std::move(changed), std::move(removed));
}

void tell_all(PodSink& sink, const CgroupTree::View& now) {
  std::vector<Pod> pods;
  pods.reserve(now->size());
  for (const auto& [uid, workload] : *now) pods.push_back(workload.pod);
  sink.pods_are(std::move(pods));
}

}  // namespace

LocalWorkloads::LocalWorkloads(const Clock& clock, CgroupTree& tree) : clock_(clock), tree_(tree) {}

LocalWorkloads::~LocalWorkloads() {
  stop();
}

Result<> LocalWorkloads::start(PodSink& sink) {
  stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
  if (!stop_.valid()) return Error{Errc::unavailable, "no eventfd is left", std::strerror(errno)};
  try {
    thread_ = std::thread([this, &sink] { run(sink); });
  } catch (const std::system_error& failure) {
    return Error{Errc::unavailable, "no thread is left to watch cgroups", failure.what()};
  }
  return {};
}

void LocalWorkloads::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof one);  // an eventfd at 0 takes it
  thread_.join();
}

void LocalWorkloads::run(PodSink& sink) {
  ::pthread_setname_np(::pthread_self(), "workloads");
  CgroupTree::View told = tree_.refresh();
  tell_all(sink, told);
  while (wait()) {
    // Before refresh(): what somebody publishes in between wakes us again.
    std::uint64_t count = 0;
    (void)!::read(tree_.news(), &count, sizeof count);  // empty when an event of the kernel woke us
    const CgroupTree::View now = tree_.refresh();
    if (now == told) continue;
    tell_changes(sink, told, now);
    told = now;
  }
}

bool LocalWorkloads::wait() {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(tree_.next_due() - clock_.monotonic());
  const int timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, wait_most_ms));
  std::array<pollfd, 3> sources{
      {{stop_.get(), POLLIN, 0}, {tree_.kernel_events(), POLLIN, 0}, {tree_.news(), POLLIN, 0}}};
  ::poll(sources.data(), sources.size(), timeout_ms);
  if (sources[0].revents == 0 && sources[1].revents != 0) {
    ::poll(sources.data(), 1, gather_ms);
  }
  return sources[0].revents == 0;
}

}  // namespace gthulhu
