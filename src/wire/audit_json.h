// SPDX-License-Identifier: Apache-2.0
//
// The audit log in the manager's API: ours, not in the contract.
#pragma once

#include "core/model/audit.h"
#include "wire/json.h"

namespace gthulhu::wire {

// One entry; `before` and `after` as the JSON they hold, null when there is none.
Value encode_audit_entry(const AuditEntry& entry);

}  // namespace gthulhu::wire
