// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace gthulhu {

// Asks on the terminal. A secret is not shown while it is typed. Errc::invalid_argument when
// standard input is no terminal: say the answer with an option then.
Result<std::string> ask(const std::string& question);
Result<std::string> ask_secret(const std::string& question);

// The first line of a file, "-" for standard input.
Result<std::string> first_line_of(const std::string& path);

}  // namespace gthulhu
