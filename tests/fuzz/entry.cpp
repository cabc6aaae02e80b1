// SPDX-License-Identifier: Apache-2.0
//
// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html).
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  gthulhu::fuzz::try_input({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
