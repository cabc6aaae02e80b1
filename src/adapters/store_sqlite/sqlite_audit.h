// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/audit_store.h"

namespace gthulhu {

// `writer` and `reader` are connections to the same file and must outlive it. Entries are read over
// one of their own, so that a long search holds up no change.
class SqliteAudit : public AuditStore {
 public:
  SqliteAudit(Connection& writer, Connection& reader) : writer_(writer), reader_(reader) {}

  Result<> append(std::span<const AuditEntry> entries) override;
  Result<AuditPage> entries(const AuditQuery& query) override;
  Result<> forget(TimePoint before) override;

 private:
  Connection& writer_;
  Connection& reader_;
};

}  // namespace gthulhu
