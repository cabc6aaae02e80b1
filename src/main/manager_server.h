// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/crypto/argon2_passwords.h"
#include "adapters/crypto/jwt_tokens.h"
#include "adapters/store_sqlite/sqlite_store.h"
#include "app/manager/account_admin.h"
#include "app/manager/account_directory.h"
#include "app/manager/accounts.h"
#include "app/manager/audit_log.h"
#include "app/manager/plane.h"
#include "app/manager/snapshot_history.h"
#include "app/manager/store_watch.h"
#include "app/manager/strategies.h"
#include "app/ports/node_link.h"
#include "app/ports/workload_source.h"
#include "base/result.h"
#include "main/config/settings.h"
#include "main/listener.h"
#include "main/surroundings.h"
#include "rest/manager/status_routes.h"
#include "rest/metrics_route.h"
#include "rest/router.h"

namespace gthulhu {

// The manager as it runs in `manager` and `standalone`: the object graph, in the order in which its
// parts need each other.
class ManagerServer {
 public:
  struct Settings {
    ManagerConfig config;
    std::optional<std::string>
        admin_password;  // of --admin-password-file; else of the configuration
    rest::Assembly assembly;
    bool rotate_key = false;       // a new own key signs from now on
    bool forget_old_keys = false;  // tokens of earlier keys of its own are not taken any more
  };

  // Opens the store, makes keys and account at a first start, and listens. What it refers to
  // outlives it. The made-up password of a new account is printed to standard output, once.
  static Result<std::unique_ptr<ManagerServer>> open(Settings settings,
                                                     Surroundings& surroundings,
                                                     NodeLink& link);

  // Takes requests from now on.
  Result<> listen();

  // Where reports and pods go.
  [[nodiscard]] Plane& plane() { return plane_; }

  [[nodiscard]] const rest::Router& router() const { return router_; }

  [[nodiscard]] KeyStore& keys() { return store_->keys(); }

  // No more requests, then no more deliveries.
  void stop();

 private:
  ManagerServer(Settings settings,
                Surroundings& surroundings,
                NodeLink& link,
                std::unique_ptr<SqliteStore> store,
                RsaKey key,
                std::vector<RsaKey> previous_keys);

  Result<> prepare();
  // What it works without; it looks at memory only.
  [[nodiscard]] std::vector<std::string> warnings() const;
  // On the network thread, once there are requests.
  [[nodiscard]] rest::ServerGauges gauges() const;

  Settings settings_;
  Surroundings& surroundings_;
  std::unique_ptr<SqliteStore> store_;
  Argon2Passwords passwords_;
  JwtTokens tokens_;
  AccountDirectory directory_;
  AuditLog audit_;
  Accounts accounts_;
  AccountAdmin admin_;
  Plane plane_;
  Strategies strategies_;
  SnapshotHistory history_;
  StoreWatch store_watch_;
  rest::Router router_;
  rest::RequestMetrics metrics_;
  Listener listener_;
};

}  // namespace gthulhu
