// SPDX-License-Identifier: Apache-2.0
//
// What the scheduler promises (docs/design.md, D7 and D11), on machines that the bytes make up.
#include <cstdio>

#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/scheduler/promises.h"

namespace gthulhu::fuzz {

void try_input(std::string_view input) {
  constexpr std::size_t enough = 200;
  const scheduler::MachineSpec machine = scheduler::made_up_machine(input.substr(0, enough));
  const auto broken = scheduler::broken_promises(machine, std::chrono::seconds{3});
  for (const std::string& promise : broken) std::fprintf(stderr, "%s\n", promise.c_str());
  if (!broken.empty()) std::fputs(scheduler::text_of(machine).c_str(), stderr);
  CHECK(broken.empty());
}

}  // namespace gthulhu::fuzz
