// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "app/ports/session_store.h"
#include "base/clock.h"
#include "core/access/scope.h"
#include "core/model/account.h"
#include "core/model/audit.h"

namespace gthulhu {

// Where a request came from.
struct Caller {
  std::string address;  // without the port
  std::string request_id;
};

// Who is asking, once the token was checked, and where he may do what he asked for.
struct Session {
  User user;
  bool must_change_password = false;  // nothing else is allowed then
  Scope scope{UserId(), {}};          // of the permission that was asked for
  Caller caller;
};

// The line for the audit log of what this session does; `before` and `after` are the caller's.
AuditEntry audit_entry(const Session& session,
                       std::string_view action,
                       std::string_view object,
                       TimePoint now);

// Removes the refresh sessions of a user whose tokens his version has ended already. A failure is
// logged: what stays behind is good for nothing and is swept later.
void end_sessions(SessionStore& sessions, const UserId& user);

}  // namespace gthulhu
