// SPDX-License-Identifier: Apache-2.0
#include "core/sync/backoff.h"

#include <algorithm>

namespace gthulhu {

MonotonicTime next_try(MonotonicTime now, int failures, double draw) {
  using namespace std::chrono_literals;
  const std::chrono::nanoseconds pause =
      std::min(30'000ms, 500ms * (1 << std::clamp(failures - 1, 0, 6)));
  const auto spread = static_cast<std::int64_t>(static_cast<double>(pause.count()) * draw / 2);
  return now + pause + std::chrono::nanoseconds(spread);
}

}  // namespace gthulhu
