// SPDX-License-Identifier: Apache-2.0
//
// Machines that bytes make up, and what must hold of every one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/scheduler/machine.h"

namespace gthulhu::scheduler {

// Any bytes make one, the same ones always the same. Up to four CPUs and two dozen tasks.
MachineSpec made_up_machine(std::string_view bytes);

// What does not hold of what is promised after so long (docs/design.md, D7 and D11), a line each.
std::vector<std::string> broken_promises(const MachineSpec& machine, Time duration);

// For a report.
std::string text_of(const MachineSpec& machine);

}  // namespace gthulhu::scheduler
