// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/system_clock.h"

namespace gthulhu {

TimePoint SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic() const {
  return std::chrono::steady_clock::now();
}

}  // namespace gthulhu
