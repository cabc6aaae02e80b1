// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "tests/bench/scheduler/arm.h"

namespace gthulhu::bench {

// Once without and once with rules, as far as that makes a difference in this arm.
inline void without_and_with_rules(const Arm& arm, const std::function<void(bool)>& run) {
  if (!arm.obeys() || arm.changes_scheduler()) run(false);
  if (arm.obeys()) run(true);
}

}  // namespace gthulhu::bench
