// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <exception>
#include <iostream>

#include "base/environment.h"
#include "cli/commands/lists.h"
#include "cli/commands/login.h"
#include "cli/commands/scheduler.h"
#include "cli/commands/strategy.h"
#include "cli/print.h"
#include "main/command_line.h"
#include "main/node_access.h"
#include "main/roles.h"

namespace gthulhu {

namespace {

// One call for each thing that the command line can ask for; the exit code.
struct Run {
  const Environment& environment;

  int operator()(const Finished& finished) const { return finished.exit_code; }
  int operator()(const ServerOptions& options) const {
    switch (options.mode) {
      case ServerOptions::Mode::manager: return exit_code(run_manager(options, environment));
      case ServerOptions::Mode::decision_maker: return exit_code(run_agent(options, environment));
      case ServerOptions::Mode::standalone: return exit_code(run_standalone(options, environment));
    }
    std::abort();
  }
  int operator()(const RunOptions& options) const { return run_workload(options); }
  int operator()(const LoginOptions& options) const {
    return exit_code(login(options, environment));
  }
  int operator()(const StrategyCreateOptions& options) const {
    return exit_code(create_strategy(options, environment));
  }
  int operator()(const StrategyListOptions& options) const {
    return exit_code(list_strategies(options, environment));
  }
  int operator()(const StrategyDeleteOptions& options) const {
    return exit_code(delete_strategies(options, environment));
  }
  int operator()(const IntentListOptions& options) const {
    return exit_code(list_intents(options, environment));
  }
  int operator()(const StatusOptions& options) const {
    return exit_code(show_status(options, environment));
  }
  int operator()(const SchedulerOptions& options) const {
    Result<ApiClient> client = client_of_node(options, environment);
    if (!client) return print_error(client.error());
    return exit_code(look_after_scheduler(options, *std::move(client)));
  }
  int operator()(const RunSchedulerOptions& options) const {
    return exit_code(run_scheduler(options));
  }
};

}  // namespace

}  // namespace gthulhu

int main(int argc, char** argv) {
  using namespace gthulhu;
  try {
    return std::visit(Run{environment_of(::environ)}, parse_command_line(argc, argv));
  } catch (const std::exception& failure) {
    std::cerr << "gthulhu: " << failure.what() << '\n';
    return 70;
  }
}
