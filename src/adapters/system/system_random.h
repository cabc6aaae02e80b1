// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"

namespace gthulhu {

// The kernel's random numbers (getrandom(2)); good enough for keys and salts.
class SystemRandom : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace gthulhu
