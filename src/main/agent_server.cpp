// SPDX-License-Identifier: Apache-2.0
#include "main/agent_server.h"

#include "adapters/system/machine_id.h"
#include "adapters/system/process_usage.h"
#include "main/keys.h"
#include "rest/agent/agent_metrics.h"
#include "rest/agent/agent_routes.h"
#include "rest/agent/node_link_routes.h"
#include "rest/document_routes.h"
#include "rest/embedded_files.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

// The Go decision maker's own literal text.
constexpr std::string_view endpoints =
    "/health, /version, POST_/api/v1/intents, GET_/api/v1/scheduling/strategies";

ListenerSettings listener_settings(const AgentConfig& config, rest::RequestMetrics& requests) {
  ListenerSettings settings{
      .name = "decisionmaker",
      .address = config.listen,
      .tls_files = config.tls,
      .access_log = config.access_log,
      .answered = [&requests](const net::Answered& answered) { requests.count(answered); }};
  if (config.mtls.enable) {
    settings.tls =
        net::TlsSettings{config.mtls.cert_pem, config.mtls.key_pem.reveal(), config.mtls.ca_pem};
  }
  return settings;
}

Result<RsaKey> signing_key(const AgentConfig& config) {
  if (config.token.rsa_private_key_pem.empty()) {
    return own_key_file(config.data_dir + "/decisionmaker.key");
  }
  return configured_key(config.token.rsa_private_key_pem.reveal(), "token.rsa_private_key_pem",
                        config.allow_demo_keys);
}

}  // namespace

Result<std::unique_ptr<AgentServer>> AgentServer::start(AgentConfig config,
                                                        Surroundings& surroundings,
                                                        const Ports& ports) {
  RsaKey key = TRY(signing_key(config));
  std::unique_ptr<AgentServer> made(
      new AgentServer(std::move(config), surroundings, ports, std::move(key)));
  TRY(made->loop_.start());
  TRY(made->listener_.listen(made->router_));
  return made;
}

AgentServer::AgentServer(AgentConfig config,
                         Surroundings& surroundings,
                         const Ports& ports,
                         RsaKey key)
    : config_(std::move(config)),
      tokens_(std::move(key), config_.token.duration),
      file_(config_.data_dir + "/intents.json"),
      reports_(surroundings.clock, ports.reports),
      loop_(surroundings.clock,
            ports.processes,
            ports.enforcer,
            file_,
            reports_,
            {.node = config_.node}),
      pods_(surroundings.clock, ports.usages, ports.delays),
      listener_(surroundings, listener_settings(config_, requests_)) {
  rest::add_system_routes(router_, surroundings.clock, std::string(endpoints),
                          [] { return std::vector<std::string>(); });
  rest::add_document_routes(router_, rest::agent_document());
  rest::add_agent_routes(router_,
                         {.clock = surroundings.clock,
                          .tokens = tokens_,
                          .loop = loop_,
                          .reads = ports.reads,
                          .delays = ports.delays,
                          .node = config_.node,
                          .allow_public_key_exchange = config_.token.allow_public_key_exchange});
  rest::add_node_link_routes(router_, surroundings.clock, tokens_, loop_, reports_);
  rest::add_agent_metrics(router_, {.clock = surroundings.clock,
                                    .tokens = tokens_,
                                    .loop = loop_,
                                    .scheduler = scheduler_,
                                    .pods = pods_,
                                    .delays = ports.delays,
                                    .requests = requests_,
                                    .machine_id = machine_id(config_.machine_id),
                                    .usage = [] {
                                      const ProcessUsage now = process_usage();
                                      return rest::ProgramUsage{now.cpu_seconds,
                                                                now.resident_bytes};
                                    }});
}

void AgentServer::stop() {
  reports_.stop();
  listener_.stop();
  loop_.stop();
}

}  // namespace gthulhu
