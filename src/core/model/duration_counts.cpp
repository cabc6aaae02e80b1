// SPDX-License-Identifier: Apache-2.0
#include "core/model/duration_counts.h"

#include <numeric>

namespace gthulhu {

std::uint64_t DurationCounts::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

DurationCounts& DurationCounts::operator+=(const DurationCounts& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) counts.at(i) += other.counts.at(i);
  sum += other.sum;
  return *this;
}

}  // namespace gthulhu
