// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "core/model/discovery_status.h"
#include "core/model/task_event.h"

namespace gthulhu {

// What the kernel tells of tasks as it happens, in that order.
//
// Threads: one at a time.
class TaskEvents {
 public:
  virtual ~TaskEvents() = default;

  [[nodiscard]] virtual DiscoverySource source() const = 0;

  // A file descriptor that is readable when take() has something.
  [[nodiscard]] virtual int readable() const = 0;

  // Hands over what has come since the last call, up to some thousands: then more is readable.
  virtual Result<> take(const std::function<void(const TaskEvent&)>& sink) = 0;

  // How many events were lost since the start; where that cannot be counted, how often some were.
  [[nodiscard]] virtual std::uint64_t lost() = 0;

  // From now on nobody needs to know of starts, names and ends in this cgroup, but for processes
  // with their first thread in another; moves into it are told all the same. What was under way and
  // what a source cannot tell apart comes nevertheless.
  virtual void ignore(CgroupId) {}
  virtual void heed(CgroupId) {}

  // Whether moves between cgroups are told, and in which cgroup a task is.
  [[nodiscard]] virtual bool tells_places() const = 0;
};

}  // namespace gthulhu
