// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "app/ports/processes.h"

namespace gthulhu {

// Runs what the test says. Threads: as the port says, from one.
class FakeProcesses : public Processes {
 public:
  std::vector<PodProcesses> running;
  std::optional<Error> broken;  // while set, every call answers with this
  PodSet programs_of;           // as was asked for last
  bool notices = false;         // a change() ends a wait

  Result<const RunningPods*> of(const PodSet& pods) override {
    const std::lock_guard lock(mutex_);
    if (broken) return *broken;
    found_.clear();
    for (const PodProcesses& pod : running) {
      if (pods->contains(pod.pod())) found_.push_back(same_or_new(pod));
    }
    return &found_;
  }

  void tell_programs_of(PodSet pods) override {
    const std::lock_guard lock(mutex_);
    programs_of = std::move(pods);
  }

  Result<RunningPods> all() override {
    if (broken) return *broken;
    return RunningPods(running.begin(), running.end());
  }

  void wait(std::chrono::nanoseconds most) override {
    std::unique_lock lock(mutex_);
    const auto most_here = std::min<std::chrono::nanoseconds>(most, std::chrono::hours(1));
    interrupted_.wait_for(lock, most_here, [this] { return is_interrupted_; });
    is_interrupted_ = false;
  }
  void interrupt() override {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    interrupted_.notify_all();
  }
  [[nodiscard]] bool notices_changes() const override { return notices; }

  // From any thread.
  void change(std::vector<PodProcesses> now) {
    const std::lock_guard lock(mutex_);
    running = std::move(now);
    is_interrupted_ = is_interrupted_ || notices;
    interrupted_.notify_all();
  }

  [[nodiscard]] DiscoveryStatus status() const override { return {}; }

 private:
  const Shared<PodProcesses>& same_or_new(const PodProcesses& pod) {
    const auto known = last_.try_emplace(pod.pod(), pod).first;
    if (*known->second != pod) known->second = pod;
    return known->second;
  }

  std::map<PodUid, Shared<PodProcesses>> last_;
  RunningPods found_;
  std::mutex mutex_;  // guards `running` while a loop looks at it, and what follows
  std::condition_variable interrupted_;
  bool is_interrupted_ = false;
};

}  // namespace gthulhu
