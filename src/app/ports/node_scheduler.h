// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "core/model/scheduler_status.h"

namespace gthulhu {

// Our scheduler in the node's kernel, for those who look after it: what it is doing, and a hand to
// stop it.
//
// Threads: all functions from the node loop only.
class NodeScheduler {
 public:
  virtual ~NodeScheduler() = default;

  [[nodiscard]] virtual SchedulerStatus scheduler_status() = 0;

  // Those with a rule that is not neutral, read back from the kernel; as many as `most`, by number.
  [[nodiscard]] virtual std::vector<RuledThread> ruled_threads(std::size_t most) = 0;

  // Lets it go; it stays away until reset_scheduler(), or until this program starts anew. Another
  // enforcer makes the kernel obey: errors are of that one.
  virtual Result<> stop_scheduler() = 0;

  // Forgets what kept it away, and tries at once. Whether it is attached now says the status.
  virtual void reset_scheduler() = 0;
};

}  // namespace gthulhu
