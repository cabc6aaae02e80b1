// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "app/ports/pod_delays.h"

namespace gthulhu {

// Pods that were delayed as the test says; others were not. Threads: as the port says.
class FakePodDelays : public PodDelays {
 public:
  std::map<PodUid, PodDelay> delayed;
  std::optional<Error> broken;  // while set, every call answers with this
  std::set<PodUid> asked;       // the last time
  std::string reason;

  Result<std::map<PodUid, PodDelay>> of(const std::set<PodUid>& pods) override {
    if (broken) return *broken;
    asked = pods;
    std::map<PodUid, PodDelay> delays;
    for (const PodUid& pod : pods) delays[pod] = delayed[pod];
    return delays;
  }
  [[nodiscard]] std::string uncounted() const override { return reason; }
};

}  // namespace gthulhu
