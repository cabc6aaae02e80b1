// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "app/manager/plane.h"
#include "base/mutex.h"

namespace gthulhu {

// The snapshots that clients are paging through: the pages of a list fit together when all are cut
// from one. Parts of snapshots are shared, so a few cost little.
//
// Threads: all functions from anywhere.
class SnapshotHistory {
 public:
  explicit SnapshotHistory(std::size_t kept_max = 16) : kept_max_(kept_max) {}

  void keep(Plane::View view);
  // Null when it is not kept (any more).
  [[nodiscard]] Plane::View find(std::uint64_t version) const;

 private:
  const std::size_t kept_max_;
  mutable Mutex mutex_;
  std::deque<Plane::View> views_ GUARDED_BY(mutex_);  // oldest first
};

}  // namespace gthulhu
