// SPDX-License-Identifier: Apache-2.0
#include "app/manager/session.h"

#include "base/log.h"

namespace gthulhu {

AuditEntry audit_entry(const Session& session,
                       std::string_view action,
                       std::string_view object,
                       TimePoint now) {
  AuditEntry entry;
  entry.at = now;
  entry.user = session.user.id;
  entry.username = session.user.username;
  entry.from = session.caller.address;
  entry.request_id = session.caller.request_id;
  entry.action = action;
  entry.object = object;
  return entry;
}

void end_sessions(SessionStore& sessions, const UserId& user) {
  const Result<> ended = sessions.end_sessions_of(user);
  if (!ended) log_warning("refresh sessions are left", {{"error", ended.error().text()}});
}

}  // namespace gthulhu
