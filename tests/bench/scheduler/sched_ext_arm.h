// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tests/bench/scheduler/arm.h"

namespace gthulhu::bench {

// Our policy, with a rule for each favoured cgroup.
std::unique_ptr<Arm> make_sched_ext_arm();

}  // namespace gthulhu::bench
