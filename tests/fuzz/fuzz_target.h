// SPDX-License-Identifier: Apache-2.0
//
// A fuzz target is one function that looks at one input. It stops the program, with CHECK, where
// something does not hold that a header promises of every input; the sanitizers do the same for
// what must never happen. docs/testing.md says how targets are run.
#pragma once

#include <string_view>

namespace gthulhu::fuzz {

// Defined once in each target. The same input must always do the same: no clock, no chance, no
// file. The bytes end with the call.
void try_input(std::string_view input);

}  // namespace gthulhu::fuzz
