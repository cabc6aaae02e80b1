// SPDX-License-Identifier: Apache-2.0
#include "core/model/pod_delay.h"

namespace gthulhu {

RunQueueWaits& RunQueueWaits::operator+=(const RunQueueWaits& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) counts.at(i) += other.counts.at(i);
  sum += other.sum;
  throttled += other.throttled;
  throttled_sum += other.throttled_sum;
  return *this;
}

Throttling& Throttling::operator+=(const Throttling& other) {
  periods += other.periods;
  throttled_periods += other.throttled_periods;
  time += other.time;
  return *this;
}

PodDelay& PodDelay::operator+=(const PodDelay& other) {
  if (!waits) {
    waits = other.waits;
  } else if (other.waits) {
    *waits += *other.waits;
  }
  throttling += other.throttling;
  return *this;
}

}  // namespace gthulhu
