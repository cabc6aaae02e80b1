// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace gthulhu {

// Whether the store can be used. Threads: from anywhere.
class StoreHealth {
 public:
  virtual ~StoreHealth() = default;

  // Reads and writes a little, as a change would. Errc::unavailable with what is wrong. May block:
  // call it on a worker.
  virtual Result<> check() = 0;
};

}  // namespace gthulhu
