// SPDX-License-Identifier: Apache-2.0
#include "app/manager/user_change.h"

namespace gthulhu {

Result<> replace_user(AccountDirectory::Writer& store,
                      const AuditTexts& texts,
                      const Session& session,
                      const User& before,
                      User after,
                      std::string_view action,
                      TimePoint now) {
  after.updated = now;
  after.revision = before.revision + 1;
  AuditEntry audit = audit_entry(session, action, "user/" + after.id.str(), now);
  audit.before = texts.user(before);
  audit.after = texts.user(after);
  return store.replace(after, audit);
}

}  // namespace gthulhu
