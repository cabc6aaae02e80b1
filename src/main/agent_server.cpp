// SPDX-License-Identifier: Apache-2.0
#include "main/agent_server.h"

#include "adapters/system/machine_id.h"
#include "adapters/system/process_usage.h"
#include "main/keys.h"
#include "rest/agent/agent_metrics.h"
#include "rest/agent/agent_routes.h"
#include "rest/agent/node_link_routes.h"
#include "rest/agent/scheduler_routes.h"
#include "rest/document_routes.h"
#include "rest/embedded_files.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

// The Go decision maker's own literal text.
constexpr std::string_view endpoints =
    "/health, /version, POST_/api/v1/intents, GET_/api/v1/scheduling/strategies";

ListenerSettings listener_settings(const AgentConfig& config,
                                   const AgentEnrolment* enrolment,
                                   rest::RequestMetrics& requests) {
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
  if (enrolment != nullptr) settings.tls = enrolment->initial();
  return settings;
}

Result<std::unique_ptr<AgentEnrolment>> enrolment_of(const AgentConfig& config,
                                                     Surroundings& surroundings) {
  if (config.manager.url.empty()) return std::unique_ptr<AgentEnrolment>();
  if (config.mtls.enable || config.tls.given()) {
    return Error{
        Errc::invalid_argument,
        "manager.url, mtls.enable and server.tls_cert_file are three ways to certificates: "
        "give one",
        ""};
  }
  return AgentEnrolment::open(
      config.manager, {surroundings.clock, surroundings.random, config.node, config.data_dir});
}

// Only for one that was checked when the server started.
net::ListenAddress probe_address(const AgentConfig& config) {
  return net::parse_listen_address(config.probe_listen).value_or(net::ListenAddress{});
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
  if (!config.probe_listen.empty()) {
    auto address = net::parse_listen_address(config.probe_listen);
    if (!address) return std::move(address).error().in("probe.host");
  }
  RsaKey key = TRY(signing_key(config));
  auto enrolment = TRY(enrolment_of(config, surroundings));
  std::unique_ptr<AgentServer> made(new AgentServer(std::move(config), surroundings, ports,
                                                    std::move(key), std::move(enrolment)));
  TRY(made->loop_.start());
  TRY(made->listen());
  return made;
}

Result<> AgentServer::listen() {
  if (!config_.probe_listen.empty()) TRY(probe_listener_.listen(probe_router_));
  if (!enrolment_) return listener_.listen(router_);
  TRY(listener_.listen(managers_only_));
  enrolment_->start([this](const net::TlsSettings& tls) { return listener_.change_tls(tls); });
  return {};
}

AgentServer::AgentServer(AgentConfig config,
                         Surroundings& surroundings,
                         const Ports& ports,
                         RsaKey key,
                         std::unique_ptr<AgentEnrolment> enrolment)
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
      listener_(surroundings, listener_settings(config_, enrolment.get(), requests_)),
      probe_listener_(surroundings, {.name = "probe", .address = probe_address(config_)}),
      enrolment_(std::move(enrolment)) {
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
  rest::add_scheduler_routes(router_, surroundings.clock, tokens_, loop_);
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
  for (const char* path : {"/health", "/version", "/metrics"}) {
    probe_router_.add("GET", path, rest::RunsOn::worker,
                      [this](const net::Request& request, const rest::PathParameters&) {
                        return router_.handle(request);
                      });
  }
}

void AgentServer::stop() {
  if (enrolment_) enrolment_->stop();
  reports_.stop();
  probe_listener_.stop();
  listener_.stop();
  loop_.stop();
}

}  // namespace gthulhu
