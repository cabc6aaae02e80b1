// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/session_store.h"

namespace gthulhu {

// `connection` must outlive it.
class SqliteSessions : public SessionStore {
 public:
  explicit SqliteSessions(Connection& connection) : connection_(connection) {}

  Result<std::optional<RefreshSession>> session(const SessionId& id) override;
  Result<> begin_family(const RefreshSession& session, std::size_t families_max) override;
  Result<> replace_session(const SessionId& id, const RefreshSession& next) override;
  Result<> end_family(const FamilyId& family) override;
  Result<> end_sessions_of(const UserId& user) override;

 private:
  Connection& connection_;
};

}  // namespace gthulhu
