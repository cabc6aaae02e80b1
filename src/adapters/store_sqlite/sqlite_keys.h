// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/store_sqlite/connection.h"
#include "app/ports/key_store.h"

namespace gthulhu {

// `connection` must outlive it.
class SqliteKeys : public KeyStore {
 public:
  explicit SqliteKeys(Connection& connection) : connection_(connection) {}

  Result<std::optional<std::string>> key(const std::string& name) override;
  Result<> put_key(const std::string& name, const std::string& pem) override;

  Result<std::vector<VerificationKey>> verification_keys() override;
  Result<> put_verification_key(const VerificationKey& key) override;
  Result<> erase_verification_key(const std::string& id) override;

  Result<std::optional<PodKey>> pod_key(const PodUid& pod) override;
  Result<> put_pod_key(const PodUid& pod, const PodKey& key) override;
  Result<> erase_pod_keys(TimePoint shown_before) override;

 private:
  Connection& connection_;
};

}  // namespace gthulhu
