// SPDX-License-Identifier: Apache-2.0
#include "app/manager/snapshot_history.h"

#include <utility>

namespace gthulhu {

void SnapshotHistory::keep(Plane::View view) {
  const MutexLock lock(mutex_);
  for (const Plane::View& kept : views_) {
    if (kept->version == view->version) return;
  }
  views_.push_back(std::move(view));
  if (views_.size() > kept_max_) views_.pop_front();
}

Plane::View SnapshotHistory::find(std::uint64_t version) const {
  const MutexLock lock(mutex_);
  for (const Plane::View& kept : views_) {
    if (kept->version == version) return kept;
  }
  return nullptr;
}

}  // namespace gthulhu
