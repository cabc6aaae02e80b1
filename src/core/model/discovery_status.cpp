// SPDX-License-Identifier: Apache-2.0
#include "core/model/discovery_status.h"

#include <algorithm>

namespace gthulhu {

void EventLag::count(std::chrono::nanoseconds lag) {
  const auto bucket = std::ranges::lower_bound(bounds, lag);
  ++counts[static_cast<std::size_t>(bucket - bounds.begin())];
  sum += lag;
}

}  // namespace gthulhu
