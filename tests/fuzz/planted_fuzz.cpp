// SPDX-License-Identifier: Apache-2.0
//
// A bug on purpose, behind a word that chance alone does not find: run.py demands that it is found,
// which shows that the fuzzer is led by coverage and that the sanitizers stop it.
#include <memory>

#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

void try_input(std::string_view input) {
  if (input.size() < 4 || input[0] != 'b' || input[1] != 'u' || input[2] != 'g') return;
  const std::unique_ptr<char[]> copy(new char[input.size()]);
  input.copy(copy.get(), input.size());
  const volatile char* behind = copy.get() + input.size();
  CHECK(*behind == 0 || *behind != 0);  // AddressSanitizer stops the program here
}

}  // namespace gthulhu::fuzz
