// SPDX-License-Identifier: Apache-2.0
#include "core/model/pod_delay.h"

namespace gthulhu {

RunCounts& RunCounts::operator+=(const RunCounts& other) {
  waits += other.waits;
  throttled += other.throttled;
  throttled_sum += other.throttled_sum;
  bursts += other.bursts;
  preempted += other.preempted;
  return *this;
}

Throttling& Throttling::operator+=(const Throttling& other) {
  periods += other.periods;
  throttled_periods += other.throttled_periods;
  time += other.time;
  return *this;
}

PodDelay& PodDelay::operator+=(const PodDelay& other) {
  if (!runs) {
    runs = other.runs;
  } else if (other.runs) {
    *runs += *other.runs;
  }
  throttling += other.throttling;
  return *this;
}

}  // namespace gthulhu
