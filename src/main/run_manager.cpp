// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/signals.h"
#include "base/log.h"
#include "main/manager_server.h"
#include "main/role_options.h"
#include "main/roles.h"

namespace gthulhu {

namespace {

// This version has no way from a manager to decision makers of other machines.
class NoNodes : public NodeLink {
 public:
  void connect(LinkSink& sink) override { sink_ = &sink; }
  void disconnect() override {}

  void want(const NodeName& node, Intents /*intents*/) override {
    sink_->node_not_reached(
        node, Error{Errc::unavailable, "this manager has no way to nodes", ""}, 0);
  }

  Result<RunningPods> processes(const NodeName& node) override {
    return Error{Errc::not_found, "there is no decision maker on node " + node.str(), ""};
  }

 private:
  LinkSink* sink_ = nullptr;
};

}  // namespace

Result<> run_manager(const ServerOptions& options, const Environment& environment) {
  Loaded<ManagerConfig> loaded =
      TRY(load_manager_config(load_options(options, options.manager_overrides, environment)));
  TRY(begin_log(loaded.config.logging, loaded.file, loaded.warnings));
  log_warning(
      "the manager has no workload source in this version: strategies are kept and select nothing; "
      "`gthulhu standalone` has this machine's workloads");
  TRY(block_stop_signals());

  const auto surroundings = TRY(Surroundings::create());
  NoNodes link;
  ManagerServer::Settings settings{
      std::move(loaded.config),
      TRY(admin_password(options)),
      {"manager", "sqlite", "none", [] { return std::string("not part of this version"); }},
      options.rotate_key,
      options.forget_old_keys};
  const auto manager = TRY(ManagerServer::open(std::move(settings), *surroundings, link));

  TRY(manager->listen());

  const int signal = wait_for_stop_signal();
  log_info("stopping", {{"signal", signal}});
  manager->stop();
  return {};
}

}  // namespace gthulhu
