// SPDX-License-Identifier: Apache-2.0
#include "main/agent_server.h"

#include "base/log.h"
#include "main/keys.h"
#include "net/request_id.h"
#include "rest/agent/agent_routes.h"
#include "rest/security_headers.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds stop_grace{5};

// The Go decision maker's own literal text.
constexpr std::string_view endpoints =
    "/health, /version, POST_/api/v1/intents, GET_/api/v1/scheduling/strategies";

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
                                                        Processes& processes,
                                                        Enforcer& enforcer,
                                                        ReportSink& reports) {
  RsaKey key = TRY(signing_key(config));
  std::unique_ptr<AgentServer> made(new AgentServer(std::move(config), surroundings, processes,
                                                    enforcer, reports, std::move(key)));
  TRY(made->loop_.start());
  TRY(made->listen());
  return made;
}

AgentServer::AgentServer(AgentConfig config,
                         Surroundings& surroundings,
                         Processes& processes,
                         Enforcer& enforcer,
                         ReportSink& reports,
                         RsaKey key)
    : config_(std::move(config)),
      surroundings_(surroundings),
      tokens_(std::move(key), config_.token.duration),
      file_(config_.data_dir + "/intents.json"),
      loop_(surroundings.clock, processes, enforcer, file_, reports, {.node = config_.node}) {
  rest::add_system_routes(router_, surroundings.clock, std::string(endpoints),
                          [] { return std::vector<std::string>(); });
  rest::add_agent_routes(router_, surroundings.clock, tokens_, loop_, config_.node,
                         {config_.token.allow_public_key_exchange});
}

Result<> AgentServer::listen() {
  net::ServerSettings settings;
  settings.address = config_.listen;
  settings.every_answer = rest::security_headers();
  settings.request_id_prefix = net::new_request_id_prefix(surroundings_.random);
  if (config_.mtls.enable) {
    settings.tls =
        net::TlsSettings{config_.mtls.cert_pem, config_.mtls.key_pem.reveal(), config_.mtls.ca_pem};
  }
  settings.report = [](const Error& error) { log_error("request", {{"error", error.text()}}); };
  server_ = TRY(net::Server::start(*surroundings_.network, surroundings_.pools(), router_,
                                   std::move(settings)));
  net::ListenAddress address = config_.listen;
  address.port = server_->port();
  log_info("listening", {{"server", "decisionmaker"}, {"address", address.text()}});
  return {};
}

void AgentServer::stop() {
  if (server_ && !server_->stop(stop_grace)) {
    log_warning("requests were cut off", {{"server", "decisionmaker"}});
  }
  loop_.stop();
}

}  // namespace gthulhu
