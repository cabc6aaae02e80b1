// SPDX-License-Identifier: Apache-2.0
//
// The small files that the kernel makes up when they are read.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// What became of a file that may vanish at any moment, with its task or its cgroup.
enum class FileState : bool { gone, present };

// Reads `path`, seen from the directory `directory_fd` (or AT_FDCWD), to its end into `content`.
// `gone` when the file, its cgroup or its task does not exist any more. Errc::unavailable for
// everything else, such as too many open files: then nothing is known of the content.
Result<FileState> read_small_file(int directory_fd, const std::string& path, std::string& content);

// One write(2), as such files want it. Errc::not_found when there is no such file, Errc::forbidden
// without the right to write it, else Errc::unavailable.
Result<> write_small_file(const std::string& path, std::string_view content);

}  // namespace gthulhu
