// SPDX-License-Identifier: Apache-2.0
//
// Running a command in a cgroup, as if it had been started directly: same process group, same
// terminal, same signals, same exit code.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "adapters/cgroupfs/labelled_cgroup.h"
#include "base/result.h"

namespace gthulhu {

// Replaces this program by `command`, found by PATH. Returns only when that failed: Errc::not_found
// when there is no such command, Errc::forbidden when it cannot be executed.
Error exec_command(const std::vector<std::string>& command);

// Threads: only in a program with one thread, and one at a time: the signals below
// stay blocked after a successful start().
class ContainedCommand {
 public:
  // The command is in the cgroup before its first instruction. Errors as of exec_command(), and
  // Errc::unavailable when the cgroup cannot be entered.
  static Result<ContainedCommand> start(const std::string& cgroup_directory,
                                        const std::vector<std::string>& command);

  // Until the command ends, passes on TERM, INT, HUP, QUIT, USR1, USR2, CONT and WINCH, except what
  // the terminal sends: that goes to the whole process group by itself. Returns the exit code, or
  // 128 and the number of the signal that killed the command.
  int wait();

 private:
  explicit ContainedCommand(pid_t process) : process_(process) {}

  pid_t process_;
};

// Leaves a process of its own behind, in its own session and without open files, that removes the
// cgroup when the last process in it ends.
Result<> remove_when_empty(LabelledCgroup cgroup);

// Runs the command in the cgroup and leaves nothing behind, except for processes of the command
// that outlive it: those keep the cgroup until they end. The answer is the exit code, or an error
// of ContainedCommand::start().
Result<int> run_and_remove(LabelledCgroup cgroup, const std::vector<std::string>& command);

}  // namespace gthulhu
