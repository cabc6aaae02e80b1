// SPDX-License-Identifier: Apache-2.0
#include "main/manager_server.h"

#include <iostream>

#include "base/log.h"
#include "main/config/load.h"
#include "main/keys.h"
#include "net/request_id.h"
#include "rest/manager/account_routes.h"
#include "rest/manager/strategy_routes.h"
#include "rest/security_headers.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds stop_grace{5};

// The Go manager's own literal text.
constexpr std::string_view endpoints =
    "/api/v1/auth/token (POST), /api/v1/metrics (POST), /api/v1/pods/pids (GET), "
    "/api/v1/scheduling/strategies (GET, POST), /health (GET), /static/ (Frontend)";

Result<RsaKey> signing_key(const ManagerConfig& config, KeyStore& keys) {
  if (config.key.rsa_private_key_pem.empty()) return own_key(keys, "manager");
  return configured_key(config.key.rsa_private_key_pem.reveal(), "key.rsa_private_key_pem",
                        config.allow_demo_keys);
}

Result<std::vector<RsaKey>> previous_keys(const ManagerConfig& config) {
  std::vector<RsaKey> keys;
  for (const std::string& pem : config.key.previous_public_keys_pem) {
    Result<RsaKey> key = RsaKey::parse_public(pem);
    if (!key) return std::move(key).error().in("key.previous_public_keys_pem");
    keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace

Result<std::unique_ptr<ManagerServer>> ManagerServer::open(Settings settings,
                                                           Surroundings& surroundings,
                                                           NodeLink& link) {
  const ManagerConfig& config = settings.config;
  TRY(check_store_exists(config));
  auto store = TRY(SqliteStore::open(config.data_dir, surroundings.clock.now()));
  RsaKey key = TRY(signing_key(config, store->keys()));
  std::vector<RsaKey> previous = TRY(previous_keys(config));
  std::unique_ptr<ManagerServer> made(new ManagerServer(std::move(settings), surroundings, link,
                                                        std::move(store), std::move(key),
                                                        std::move(previous)));
  TRY(made->prepare());
  return made;
}

ManagerServer::ManagerServer(Settings settings,
                             Surroundings& surroundings,
                             NodeLink& link,
                             std::unique_ptr<SqliteStore> store,
                             RsaKey key,
                             std::vector<RsaKey> previous_keys)
    : settings_(std::move(settings)),
      surroundings_(surroundings),
      store_(std::move(store)),
      passwords_(surroundings.random),
      tokens_(std::move(key), settings_.config.key.access_token, std::move(previous_keys)),
      accounts_(surroundings.clock, store_->accounts(), passwords_, tokens_),
      plane_(surroundings.clock, surroundings.random, link),
      strategies_(surroundings.clock, surroundings.random, store_->strategies(), plane_) {
  rest::add_system_routes(router_, surroundings.clock, std::string(endpoints),
                          [] { return std::vector<std::string>(); });
  rest::add_account_routes(router_, surroundings.clock, accounts_);
  rest::add_strategy_routes(router_, surroundings.clock, accounts_, strategies_);
  rest::add_status_routes(router_, surroundings.clock, accounts_, plane_, settings_.assembly);
}

Result<> ManagerServer::prepare() {
  const AccountSettings& account = settings_.config.account;
  FirstAccount first{account.admin_email, settings_.admin_password};
  if (!first.password && !account.admin_password.empty()) {
    first.password = account.admin_password.reveal();
  }
  const auto made_up = TRY(ensure_first_account(first, surroundings_.clock, surroundings_.random,
                                                store_->accounts(), passwords_));
  if (made_up) {
    std::cout << "\nThe administrator's account was made. This is shown once:\n"
              << "  username: " << first.username << "\n  password: " << *made_up
              << "\nIt must be changed at the first login: gthulhu login\n"
              << std::endl;
  }
  return strategies_.load();
}

Result<> ManagerServer::listen() {
  net::ServerSettings settings;
  settings.address = settings_.config.listen;
  settings.every_answer = rest::security_headers();
  settings.request_id_prefix = net::new_request_id_prefix(surroundings_.random);
  settings.report = [](const Error& error) { log_error("request", {{"error", error.text()}}); };
  server_ = TRY(net::Server::start(*surroundings_.network, surroundings_.pools(), router_,
                                   std::move(settings)));
  net::ListenAddress address = settings_.config.listen;
  address.port = server_->port();
  log_info("listening", {{"server", "manager"}, {"address", address.text()}});
  return {};
}

void ManagerServer::stop() {
  if (server_ && !server_->stop(stop_grace))
    log_warning("requests were cut off", {{"server", "manager"}});
  plane_.stop();
}

}  // namespace gthulhu
