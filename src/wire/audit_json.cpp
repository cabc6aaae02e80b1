// SPDX-License-Identifier: Apache-2.0
#include "wire/audit_json.h"

#include <string>
#include <utility>

namespace gthulhu::wire {

namespace {

Value json_of(const std::string& text) {
  if (text.empty()) return nullptr;
  Result<Value> value = parse_json(text);
  return value ? std::move(*value) : Value(text);  // written by another program: as it is
}

}  // namespace

Value encode_audit_entry(const AuditEntry& entry) {
  return Value::Object{{"seq", entry.sequence},
                       {"at", entry.at.time_since_epoch().count()},
                       {"user", entry.username},
                       {"userId", entry.user.str()},
                       {"from", entry.from},
                       {"requestId", entry.request_id},
                       {"action", entry.action},
                       {"object", entry.object},
                       {"outcome", name(entry.outcome)},
                       {"reason", entry.reason},
                       {"before", json_of(entry.before)},
                       {"after", json_of(entry.after)}};
}

}  // namespace gthulhu::wire
