// SPDX-License-Identifier: Apache-2.0
//
// The only source of chance; ids, salts and jitter come through it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace gthulhu {

// Threads: all functions from anywhere.
class Random {
 public:
  virtual ~Random() = default;

  // Fills `bytes` with unpredictable values; good enough for keys and salts.
  virtual void fill(std::span<std::byte> bytes) = 0;

  // Uniform in [0, 1).
  double draw() {
    std::array<std::byte, 8> bytes{};
    fill(bytes);
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data(), bytes.size());
    return static_cast<double>(bits >> 11U) * 0x1.0p-53;
  }
};

}  // namespace gthulhu
