// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "core/model/pod.h"
#include "core/model/pod_delay.h"

namespace gthulhu {

// Why the tasks of this node's pods do not run although they could.
//
// Threads: of() one at a time, uncounted() from anywhere.
class PodDelays {
 public:
  virtual ~PodDelays() = default;

  // Of each of these pods, all that has been since it was asked for at every call, for
  // throttling since its cgroups began, or the scheduler that counts it did; no count falls within
  // that time. A pod that has no cgroup (yet, or any more) keeps what it had. What cannot be told
  // at present is as it was, or missing.
  virtual Result<std::map<PodUid, PodDelay>> of(const std::set<PodUid>& pods) = 0;

  // Why waits are not counted; empty when they are.
  [[nodiscard]] virtual std::string uncounted() const = 0;
};

}  // namespace gthulhu
