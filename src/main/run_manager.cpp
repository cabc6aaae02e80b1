// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/signals.h"
#include "base/log.h"
#include "main/cluster_parts.h"
#include "main/link_endpoint.h"
#include "main/manager_server.h"
#include "main/role_options.h"
#include "main/roles.h"

namespace gthulhu {

Result<> run_manager(const ServerOptions& options, const Environment& environment) {
  Loaded<ManagerConfig> loaded =
      TRY(load_manager_config(load_options(options, options.manager_overrides, environment)));
  TRY(begin_log(loaded.config.logging, loaded.file, loaded.warnings));
  TRY(block_stop_signals());

  const auto surroundings = TRY(Surroundings::create());
  const ManagerConfig config = loaded.config;
  const ClusterParts cluster = TRY(ClusterParts::open(config, environment, *surroundings));
  ManagerServer::Settings settings{
      std::move(loaded.config),
      TRY(admin_password(options)),
      {"manager", "sqlite", cluster.source(), [&cluster] { return cluster.status(); }},
      options.rotate_key,
      options.forget_old_keys};
  const auto manager = TRY(ManagerServer::open(std::move(settings), *surroundings, *cluster.link));
  std::unique_ptr<LinkEndpoint> endpoint;
  if (!config.link.listen.empty() && cluster.workloads) {
    endpoint = TRY(LinkEndpoint::start(config, {*surroundings, manager->keys(), *cluster.access,
                                                *cluster.workloads, *cluster.link}));
  }
  TRY(manager->listen());
  // Last: its threads call the manager until it is stopped.
  if (cluster.workloads) TRY(cluster.workloads->start(manager->plane()));

  const int signal = wait_for_stop_signal();
  log_info("stopping", {{"signal", signal}});
  if (endpoint) endpoint->stop();
  if (cluster.workloads) cluster.workloads->stop();
  manager->stop();
  return {};
}

}  // namespace gthulhu
