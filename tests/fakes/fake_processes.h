// SPDX-License-Identifier: Apache-2.0
#pragma once

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

  Result<std::vector<PodProcesses>> of(const std::set<PodUid>& pods) override {
    if (broken) return *broken;
    std::vector<PodProcesses> found;
    for (const PodProcesses& pod : running) {
      if (pods.contains(pod.pod)) found.push_back(pod);
    }
    return found;
  }

  Result<std::vector<PodProcesses>> all() override {
    if (broken) return *broken;
    return running;
  }
};

}  // namespace gthulhu
