// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gthulhu {

// How long something took each time, counted by powers of two.
struct DurationCounts {
  static constexpr std::size_t bucket_count = 19;

  // What is shorter than this and not than the one before is in bucket `i`; the last has no bound.
  static constexpr std::chrono::nanoseconds bound(std::size_t i) {
    return std::chrono::nanoseconds{std::int64_t{1} << (13 + i)};
  }

  std::array<std::uint64_t, bucket_count> counts{};
  std::chrono::nanoseconds sum{0};

  // How many there were.
  [[nodiscard]] std::uint64_t total() const;

  DurationCounts& operator+=(const DurationCounts& other);

  bool operator==(const DurationCounts&) const = default;
};

}  // namespace gthulhu
