// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// Kubeconfigs, certificates, keys and tokens are all smaller.
inline constexpr std::size_t small_file_most = 1024 * 1024;

// All of a file of at most small_file_most bytes. `what` says what it should hold, for messages
// ("the token file"): Errc::not_found when there is none, Errc::too_large, Errc::unavailable when
// it cannot be read.
Result<std::string> read_small_file(const std::string& path, std::string_view what);

}  // namespace gthulhu
