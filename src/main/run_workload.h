// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace gthulhu {

// `gthulhu run`: a command in a labelled cgroup of its own (docs/local-workloads.md).
struct RunOptions {
  std::vector<std::string> labels;  // KEY=VALUE, as given; of equal keys the last counts
  std::string name;                 // empty: the command's
  std::vector<std::string> command;
};

// Returns the exit code of the command, 128 + n when signal n killed it; 127 when it is not found,
// 126 when it cannot be executed; of `gthulhu run` itself 2 for wrong flags, 77 without the rights
// of root, 125 for all other failures. Prints errors itself. For a program with one thread.
int run_workload(const RunOptions& options);

}  // namespace gthulhu
