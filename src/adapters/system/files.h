// SPDX-License-Identifier: Apache-2.0
//
// Whole files, read with a bound and written so that a crash leaves the old or the new content,
// never a part. Messages of errors name the path.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// Errc::not_found when there is no such file, Errc::too_large when it holds more than `most` bytes,
// Errc::unavailable when it cannot be read.
Result<std::string> read_file(const std::string& path, std::size_t most);

// Replaces the file, or makes it, with exactly this mode. Success means that content and name are
// on disk. Its directory must exist.
Result<> write_file(const std::string& path, std::string_view content, mode_t mode = 0600);

// Makes the directory and its missing parents, all with this mode; those that exist stay as they
// are.
Result<> make_directories(const std::string& path, mode_t mode = 0700);

}  // namespace gthulhu
