// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "main/run_scheduler.h"
#include "main/run_workload.h"

namespace gthulhu {

// What the three servers are started with. `overrides` are configuration keys given as flags.
struct ServerOptions {
  enum class Mode : std::uint8_t { manager, decision_maker, standalone };
  using Overrides = std::map<std::string, std::string>;

  Mode mode = Mode::standalone;
  std::string config_name;
  std::string config_directory;
  Overrides manager_overrides;
  Overrides agent_overrides;
  std::string admin_password_file;
  bool rotate_key = false;
  bool forget_old_keys = false;
};

struct StatusOptions : ListOptions {};
struct StrategyListOptions : ListOptions {};
struct IntentListOptions : ListOptions {};

// There is nothing to do but to end: help or the version was printed, or the command line is wrong.
struct Finished {
  int exit_code = 0;
};

using Command = std::variant<Finished,
                             ServerOptions,
                             RunOptions,
                             LoginOptions,
                             StrategyCreateOptions,
                             StrategyListOptions,
                             StrategyDeleteOptions,
                             IntentListOptions,
                             StatusOptions,
                             SchedulerOptions,
                             RunSchedulerOptions>;

// Prints help and errors itself. A wrong command line ends with exit code 2.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace gthulhu
