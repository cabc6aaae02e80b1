// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/ports/workload_source.h"

namespace gthulhu {

// Pods that come and go when the test says so; the sink hears of it in the calling thread, between
// start() and stop(). Threads: one at a time.
class FakeWorkloads : public WorkloadSource {
 public:
  // What exists when start() is called.
  explicit FakeWorkloads(std::vector<Pod> pods = {}) {
    for (Pod& pod : pods) pods_.insert_or_assign(pod.uid, std::move(pod));
  }

  [[nodiscard]] std::string kind() const override { return "local"; }

  Result<> start(PodSink& sink) override {
    sink_ = &sink;
    std::vector<Pod> pods;
    for (const auto& [uid, pod] : pods_) pods.push_back(pod);
    sink.pods_are(std::move(pods));
    return {};
  }

  void stop() override { sink_ = nullptr; }

  void put(const Pod& pod) {
    pods_.insert_or_assign(pod.uid, pod);
    if (sink_ != nullptr) sink_->pods_changed({pod}, {});
  }

  void remove(const PodUid& uid) {
    if (pods_.erase(uid) > 0 && sink_ != nullptr) sink_->pods_changed({}, {uid});
  }

 private:
  std::map<PodUid, Pod> pods_;
  PodSink* sink_ = nullptr;
};

}  // namespace gthulhu
