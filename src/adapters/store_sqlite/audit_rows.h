// SPDX-License-Identifier: Apache-2.0
//
// Changes and their lines in the audit log.
#pragma once

#include <functional>

#include "adapters/store_sqlite/connection.h"
#include "core/model/audit.h"

namespace gthulhu {

Result<> insert_audit(Database& database, const AuditEntry& entry);

// What `work` does and `audit`, or neither.
Result<> audited(Connection& connection,
                 const AuditEntry& audit,
                 const std::function<Result<>(Database&)>& work);

}  // namespace gthulhu
