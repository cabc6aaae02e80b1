// SPDX-License-Identifier: Apache-2.0
#include "main/manager_server.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "adapters/crypto/verification_keys.h"
#include "adapters/system/process_usage.h"
#include "base/log.h"
#include "main/config/load.h"
#include "main/keys.h"
#include "rest/document_routes.h"
#include "rest/embedded_files.h"
#include "rest/guard.h"
#include "rest/manager/account_routes.h"
#include "rest/manager/audit_routes.h"
#include "rest/manager/intent_routes.h"
#include "rest/manager/node_routes.h"
#include "rest/manager/strategy_resource_routes.h"
#include "rest/manager/strategy_routes.h"
#include "rest/manager/user_routes.h"
#include "rest/metrics_route.h"
#include "rest/system_routes.h"
#include "wire/account_json.h"
#include "wire/strategy_request.h"

namespace gthulhu {

namespace {

// The Go manager's own literal text.
constexpr std::string_view endpoints =
    "/api/v1/auth/token (POST), /api/v1/metrics (POST), /api/v1/pods/pids (GET), "
    "/api/v1/scheduling/strategies (GET, POST), /health (GET), /static/ (Frontend)";

constexpr std::chrono::hours refresh_life{24};  // contract 2.1

AuditTexts audit_texts() {
  return {[](const Strategy& strategy) {
            return wire::to_text(wire::encode_strategy_request(strategy));
          },
          [](const User& user) { return wire::to_text(wire::encode_user(user)); },
          [](const Role& role) { return wire::to_text(wire::encode_role(role)); }};
}

Result<RsaKey> signing_key(const ManagerConfig& config,
                           KeyStore& keys,
                           bool rotate,
                           TimePoint now) {
  const bool is_own = config.key.rsa_private_key_pem.empty();
  if (rotate && !is_own) {
    return Error{Errc::invalid_argument,
                 "--rotate-key is for the key that the manager made itself: to change the one of "
                 "the configuration, put another into key.rsa_private_key_pem",
                 ""};
  }
  if (rotate) return rotate_own_key(keys, "manager", now);
  if (is_own) return own_key(keys, "manager");
  return configured_key(config.key.rsa_private_key_pem.reveal(), "key.rsa_private_key_pem",
                        config.allow_demo_keys);
}

Result<std::vector<RsaKey>> previous_keys(const ManagerConfig& config) {
  std::vector<RsaKey> keys;
  for (const std::string& pem : config.key.previous_public_keys_pem) {
    keys.push_back(
        TRY(configured_public_key(pem, "key.previous_public_keys_pem", config.allow_demo_keys)));
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
  RsaKey key =
      TRY(signing_key(config, store->keys(), settings.rotate_key, surroundings.clock.now()));
  std::vector<RsaKey> previous = TRY(previous_keys(config));
  if (settings.forget_old_keys && !previous.empty()) {
    return Error{Errc::invalid_argument,
                 "--forget-old-keys takes no earlier key: empty key.previous_public_keys_pem", ""};
  }
  RetiredKeys retired = TRY(retire_other_keys(
      store->keys(), key, std::max<std::chrono::seconds>(config.key.access_token, refresh_life),
      config.allow_demo_keys ? DemoKeys::allowed : DemoKeys::refused,
      settings.forget_old_keys ? OldKeys::forgotten : OldKeys::kept, surroundings.clock.now()));
  for (const std::string& id : retired.unreadable) {
    log_error("a stored verification key is left out", {{"kid", id}});
  }
  std::ranges::move(retired.keys, std::back_inserter(previous));
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
      tokens_(std::move(key),
              {settings_.config.key.access_token, refresh_life},
              std::move(previous_keys)),
      directory_(store_->accounts()),
      audit_(surroundings.clock, store_->audit()),
      accounts_({surroundings.clock, surroundings.random, directory_, store_->sessions(),
                 passwords_, tokens_, audit_, audit_texts()}),
      admin_({surroundings.clock, surroundings.random, directory_, store_->sessions(), passwords_,
              audit_texts()}),
      plane_(surroundings.clock, link),
      strategies_(surroundings.clock,
                  surroundings.random,
                  store_->strategies(),
                  plane_,
                  audit_texts().strategy),
      store_watch_(store_->health()),
      listener_(surroundings,
                {.name = "manager",
                 .address = settings_.config.listen,
                 .tls_files = settings_.config.tls,
                 .access_log = settings_.config.access_log,
                 .answered = [this](const net::Answered& answered) {
                   metrics_.count(answered);
                   rest::note_refusal(answered, accounts_);
                 }}) {
  const Clock& clock = surroundings.clock;
  rest::add_system_routes(
      router_, clock, std::string(endpoints), [this] { return store_watch_.troubles(); },
      [this] { return warnings(); });
  rest::add_document_routes(router_, rest::manager_document());
  rest::add_metrics_route(router_, metrics_, [this] { return gauges(); });
  const bool is_standalone = settings_.assembly.mode == "standalone";
  rest::add_account_routes(router_, clock, accounts_, is_standalone ? "standalone" : "cluster");
  rest::add_user_routes(router_, clock, accounts_, admin_);
  rest::add_role_routes(router_, clock, accounts_, admin_);
  rest::add_audit_routes(router_, clock, accounts_, store_->audit());
  rest::add_strategy_routes(router_, clock, accounts_, strategies_, plane_);
  rest::add_strategy_resource_routes(router_, clock, accounts_, strategies_, plane_, history_);
  rest::add_intent_routes(router_, clock, accounts_, strategies_, plane_, history_);
  rest::add_node_routes(router_, clock, accounts_, plane_, link);
  rest::add_status_routes(router_, clock, accounts_, plane_, settings_.assembly);
}

Result<> ManagerServer::prepare() {
  TRY(directory_.load());
  const AccountSettings& account = settings_.config.account;
  FirstAccount first{account.admin_email, settings_.admin_password};
  if (!first.password && !account.admin_password.empty()) {
    first.password = account.admin_password.reveal();
  }
  const auto made_up = TRY(ensure_first_account(first, surroundings_.clock, surroundings_.random,
                                                directory_, passwords_));
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

std::vector<std::string> ManagerServer::warnings() const {
  std::vector<std::string> warnings;
  for (const WatchedKind& kind : settings_.assembly.workloads().kinds) {
    // Without the others it does its work. Why is for those who have logged in.
    if (kind.resource != "pods" || kind.is_current || kind.trouble.empty()) continue;
    warnings.emplace_back("the cluster's pods are not followed; GET /api/v1/status says why");
  }
  return warnings;
}

rest::ServerGauges ManagerServer::gauges() const {
  const ProcessUsage usage = process_usage();
  return {.connections = listener_.connections(),
          .waiting_for_worker = surroundings_.workers.waiting(),
          .waiting_for_password_worker = surroundings_.password_workers.waiting(),
          .usage = {usage.cpu_seconds, usage.resident_bytes}};
}

void ManagerServer::stop() {
  listener_.stop();
  plane_.stop();
}

}  // namespace gthulhu
