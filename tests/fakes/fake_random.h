// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

#include "base/mutex.h"
#include "base/random.h"

namespace gthulhu {

// The same seed gives the same bytes on every machine. Threads: from anywhere.
class FakeRandom : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed) : engine_(seed) {}

  void fill(std::span<std::byte> bytes) override {
    const MutexLock lock(mutex_);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(engine_() >> 56U);
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ GUARDED_BY(mutex_);
};

}  // namespace gthulhu
