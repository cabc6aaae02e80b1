// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/result.h"
#include "core/model/discovery_status.h"
#include "core/model/process.h"

namespace gthulhu {

// What runs on this node, by pod.
//
// Threads: all functions from the node loop only, interrupt() and status() from anywhere.
class Processes {
 public:
  virtual ~Processes() = default;

  // The processes of these pods; pods that are not on this node are left out. Cheap when nothing
  // changed and it is the same set: it is called every few milliseconds. Never null; valid until
  // the next call.
  virtual Result<const RunningPods*> of(const PodSet& pods) = 0;

  // From now on of() tells of these pods also what their processes run: as of soon after the start
  // or exec, looked at again a second later and then every few minutes, for programs rewrite
  // their arguments as they like.
  virtual void tell_programs_of(PodSet pods) = 0;

  // The processes of every pod.
  virtual Result<RunningPods> all() = 0;

  // Waits for as long as `most`, or until of() would say something else than it did last, or until
  // interrupt() is called; if it was since the last wait, not at all.
  virtual void wait(std::chrono::nanoseconds most) = 0;
  virtual void interrupt() = 0;
  // False: changes do not end a wait, so of() has to be asked again and again.
  [[nodiscard]] virtual bool notices_changes() const = 0;

  [[nodiscard]] virtual DiscoveryStatus status() const = 0;
};

}  // namespace gthulhu
