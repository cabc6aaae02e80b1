// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/result.h"
#include "core/model/discovery_status.h"
#include "core/model/process.h"

namespace gthulhu {

// What runs on this node, by pod.
//
// Threads: all functions from the node loop only, status() from anywhere.
class Processes {
 public:
  virtual ~Processes() = default;

  // The processes of these pods; pods that are not on this node are left out. Cheap when nothing
  // changed and it is the same set: it is called every few milliseconds.
  virtual Result<RunningPods> of(const PodSet& pods) = 0;

  // From now on of() tells of these pods also what their processes run: as of soon after the start
  // or exec, looked at again a second later and then every few minutes, for programs rewrite
  // their arguments as they like.
  virtual void tell_programs_of(PodSet pods) = 0;

  // The processes of every pod.
  virtual Result<RunningPods> all() = 0;

  // From now on `changed` is called, on a thread of its own, after each change of what of() said
  // last; an empty one ends that. False when changes do not make themselves known: then of() has to
  // be asked again and again.
  virtual bool tell(std::function<void()> changed) = 0;

  [[nodiscard]] virtual DiscoveryStatus status() const = 0;
};

}  // namespace gthulhu
