// SPDX-License-Identifier: Apache-2.0
//
// What the running kernel says of its own functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"

namespace gthulhu {

// How many parameters a function has according to the BTF in the file `btf`
// (/sys/kernel/btf/vmlinux); nothing where there is no such function. Errc::unsupported for a file
// that is missing or no BTF, and in a program that was built without BPF.
Result<std::optional<std::size_t>> parameters_in_btf(const std::string& btf,
                                                     const std::string& function);

}  // namespace gthulhu
