// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/local_workloads.h"
#include "adapters/system/signals.h"
#include "app/standalone/local_node_link.h"
#include "base/log.h"
#include "main/agent_server.h"
#include "main/manager_server.h"
#include "main/node_parts.h"
#include "main/role_options.h"
#include "main/roles.h"

namespace gthulhu {

Result<> run_standalone(const ServerOptions& options, const Environment& environment) {
  LoadedPair loaded = TRY(load_standalone_config(
      load_options(options, options.manager_overrides, environment), options.agent_overrides));
  TRY(begin_log(loaded.manager.config.logging, loaded.manager.file, loaded.manager.warnings));
  for (const std::string& warning : loaded.agent.warnings) {
    log_warning("configuration", {{"warning", warning}});
  }
  TRY(block_stop_signals());

  const auto surroundings = TRY(Surroundings::create());
  LocalNodeLink link(surroundings->clock, surroundings->random);
  NodeParts node;  // opened once the data directory is claimed
  ManagerServer::Settings settings{std::move(loaded.manager.config),
                                   TRY(admin_password(options)),
                                   {"standalone", "sqlite", "local",
                                    [&node] { return WorkloadStatus{node.tree->trouble(), {}}; }},
                                   options.rotate_key,
                                   options.forget_old_keys};
  const auto manager = TRY(ManagerServer::open(std::move(settings), *surroundings, link));
  node = TRY(NodeParts::open(loaded.agent.config, surroundings->clock));
  const auto agent = TRY(AgentServer::start(std::move(loaded.agent.config), *surroundings,
                                            {*node.processes, *node.usages, *node.delays,
                                             *node.enforcer, *node.reads, manager->plane()}));
  const LocalNodeLink::Connection connection(link, agent->loop());
  LocalWorkloads workloads(surroundings->clock, *node.tree);
  TRY(workloads.start(manager->plane()));
  TRY(manager->listen());

  const int signal = wait_for_stop_signal();
  log_info("stopping", {{"signal", signal}});
  workloads.stop();
  manager->stop();
  agent->stop();
  return {};
}

}  // namespace gthulhu
