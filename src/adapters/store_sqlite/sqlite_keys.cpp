// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_keys.h"

namespace gthulhu {

Result<std::optional<std::string>> SqliteKeys::key(const std::string& name) {
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query("SELECT pem FROM keys WHERE name = ?"));
  rows.bind(name);
  if (!TRY(rows.next())) return std::optional<std::string>{};
  return std::optional(rows.text(0));
}

Result<> SqliteKeys::put_key(const std::string& name, const std::string& pem) {
  const MutexLock lock(connection_.mutex);
  return TRY(connection_.database.query("INSERT INTO keys VALUES (?, ?) "
                                        "ON CONFLICT (name) DO UPDATE SET pem = excluded.pem"))
      .bind(name)
      .bind(pem)
      .done();
}

Result<std::vector<VerificationKey>> SqliteKeys::verification_keys() {
  return Error{Errc::unsupported, "not in the file yet", ""};
}
Result<> SqliteKeys::put_verification_key(const VerificationKey&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}
Result<> SqliteKeys::erase_verification_key(const std::string&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}

}  // namespace gthulhu
