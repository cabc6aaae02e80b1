// SPDX-License-Identifier: Apache-2.0
#include "main/manager_server.h"

#include <iostream>

#include "adapters/system/process_usage.h"
#include "main/config/load.h"
#include "main/keys.h"
#include "rest/manager/account_routes.h"
#include "rest/manager/strategy_routes.h"
#include "rest/metrics_route.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

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
      strategies_(surroundings.clock, surroundings.random, store_->strategies(), plane_),
      listener_(surroundings,
                {.name = "manager",
                 .address = settings_.config.listen,
                 .tls_files = settings_.config.tls,
                 .access_log = settings_.config.access_log,
                 .answered = [this](const net::Answered& answered) { metrics_.count(answered); }}) {
  rest::add_system_routes(router_, surroundings.clock, std::string(endpoints),
                          [] { return std::vector<std::string>(); });
  rest::add_metrics_route(router_, metrics_, [this] { return gauges(); });
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
  return listener_.listen(router_);
}

rest::ServerGauges ManagerServer::gauges() const {
  const ProcessUsage usage = process_usage();
  return {.connections = listener_.connections(),
          .waiting_for_worker = surroundings_.workers.waiting(),
          .waiting_for_password_worker = surroundings_.password_workers.waiting(),
          .cpu_seconds = usage.cpu_seconds,
          .resident_bytes = usage.resident_bytes};
}

void ManagerServer::stop() {
  listener_.stop();
  plane_.stop();
}

}  // namespace gthulhu
