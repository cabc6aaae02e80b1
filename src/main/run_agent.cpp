// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/data_directory.h"
#include "adapters/system/signals.h"
#include "base/log.h"
#include "main/agent_server.h"
#include "main/node_parts.h"
#include "main/role_options.h"
#include "main/roles.h"

namespace gthulhu {

namespace {

// Nobody listens to the reports of a decision maker without a manager in the same process.
class NoReports : public ReportSink {
 public:
  void node_reported(NodeReport) override {}
};

}  // namespace

Result<> run_agent(const ServerOptions& options, const Environment& environment) {
  Loaded<AgentConfig> loaded =
      TRY(load_agent_config(load_options(options, options.agent_overrides, environment)));
  TRY(begin_log(loaded.config.logging, loaded.file, loaded.warnings));
  const DataDirectory directory = TRY(DataDirectory::claim(loaded.config.data_dir));
  TRY(block_stop_signals());

  const auto surroundings = TRY(Surroundings::create());
  const NodeParts node = TRY(NodeParts::open(loaded.config, surroundings->clock));
  NoReports reports;
  const auto agent = TRY(AgentServer::start(
      std::move(loaded.config), *surroundings,
      {*node.processes, *node.usages, *node.delays, *node.enforcer, *node.reads, reports}));

  const int signal = wait_for_stop_signal();
  log_info("stopping", {{"signal", signal}});
  agent->stop();
  return {};
}

}  // namespace gthulhu
