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
  return connection_.database.execute(
      "INSERT INTO keys VALUES (?, ?) "
      "ON CONFLICT (name) DO UPDATE SET pem = excluded.pem",
      name, pem);
}

Result<std::vector<VerificationKey>> SqliteKeys::verification_keys() {
  const MutexLock lock(connection_.mutex);
  std::vector<VerificationKey> keys;
  Query rows = TRY(connection_.database.query(
      "SELECT id, public_pem, retired_ms FROM verification_keys ORDER BY id"));
  while (TRY(rows.next())) {
    keys.push_back({rows.text(0), rows.text(1), rows.optional_time(2)});
  }
  return keys;
}

Result<> SqliteKeys::put_verification_key(const VerificationKey& key) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute(
      "INSERT OR REPLACE INTO verification_keys "
      "(id, public_pem, retired_ms) VALUES (?, ?, ?)",
      key.id, key.public_pem, key.retired);
}

Result<> SqliteKeys::erase_verification_key(const std::string& id) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute("DELETE FROM verification_keys WHERE id = ?", id);
}

Result<std::optional<PodKey>> SqliteKeys::pod_key(const PodUid& pod) {
  const MutexLock lock(connection_.mutex);
  Query rows = TRY(connection_.database.query("SELECT key, shown_ms FROM pod_keys WHERE pod = ?"));
  rows.bind(pod.str());
  if (!TRY(rows.next())) return std::optional<PodKey>{};
  const auto key = parse_digest(rows.text(0));
  if (!key) return Error{Errc::corrupt, "the store has no digest for a pod's key", pod.str()};
  return std::optional(PodKey{*key, rows.time(1)});
}

Result<> SqliteKeys::put_pod_key(const PodUid& pod, const PodKey& key) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute(
      "INSERT OR REPLACE INTO pod_keys (pod, key, shown_ms) VALUES (?, ?, ?)", pod.str(),
      key.key.hex(), key.shown);
}

Result<> SqliteKeys::erase_pod_keys(TimePoint shown_before) {
  const MutexLock lock(connection_.mutex);
  return connection_.database.execute("DELETE FROM pod_keys WHERE shown_ms < ?", shown_before);
}

}  // namespace gthulhu
