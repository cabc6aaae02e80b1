// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
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
  bool tells = false;           // changes make themselves known, by changed()

  Result<RunningPods> of(const PodSet& pods) override {
    const std::lock_guard lock(mutex_);
    if (broken) return *broken;
    RunningPods found;
    for (const PodProcesses& pod : running) {
      if (pods->contains(pod.pod())) found.push_back(same_or_new(pod));
    }
    return found;
  }

  void tell_programs_of(PodSet pods) override {
    const std::lock_guard lock(mutex_);
    programs_of = std::move(pods);
  }

  Result<RunningPods> all() override {
    if (broken) return *broken;
    return RunningPods(running.begin(), running.end());
  }

  bool tell(std::function<void()> changed) override {
    changed_ = std::move(changed);
    return tells;
  }
  // From any thread, before the loop ends.
  void change(std::vector<PodProcesses> now) {
    {
      const std::lock_guard lock(mutex_);
      running = std::move(now);
    }
    if (changed_) changed_();
  }

  [[nodiscard]] DiscoveryStatus status() const override { return {}; }

 private:
  const Shared<PodProcesses>& same_or_new(const PodProcesses& pod) {
    const auto known = last_.try_emplace(pod.pod(), pod).first;
    if (*known->second != pod) known->second = pod;
    return known->second;
  }

  std::map<PodUid, Shared<PodProcesses>> last_;
  std::mutex mutex_;  // guards `running` while a loop looks at it
  std::function<void()> changed_;
};

}  // namespace gthulhu
