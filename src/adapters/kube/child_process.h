// SPDX-License-Identifier: Apache-2.0
//
// Programs of others, run without a shell and with a bound on everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace gthulhu {

struct ChildCommand {
  std::string program;                 // its path
  std::vector<std::string> arguments;  // without the program's name
  Environment environment = {};
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_most = 1024 * 1024;   // more is an error
  std::size_t complaints_most = 2 * 1024;  // more, and the beginning is forgotten
};

struct ChildOutcome {
  int exit_code = 0;       // 128 and the signal's number when a signal ended it, as in a shell
  std::string output;      // what it wrote to stdout
  std::string complaints;  // the end of what it wrote to stderr
};

// Runs the command in a session of its own, with nothing to read and no terminal, and waits for it.
// What it leaves running is not waited for, unless it has to be killed: then all that is in its
// session's first process group is.
// Errc::not_found when there is no such program, Errc::timeout, Errc::too_large, Errc::unavailable
// when the system cannot start it. `detail` then has the complaints.
Result<ChildOutcome> run_child(const ChildCommand& command);

// Where the program of that name is, in the folders of a PATH. Relative folders, the empty one too,
// are left out: what would run depends on where this program was started. Empty when it is nowhere.
std::string find_program(const std::string& name, const std::string& path_variable);

}  // namespace gthulhu
