// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace gthulhu {

// The machine's clocks.
class SystemClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] MonotonicTime monotonic() const override;
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override;
};

}  // namespace gthulhu
