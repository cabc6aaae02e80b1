// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/crypto/json_web_keys.h"
#include "app/ports/pod_tokens.h"
#include "base/clock.h"

namespace gthulhu {

// Tokens that a Kubernetes API server signed, checked with the keys that it publishes, without
// asking it about each one (no right to TokenReview is needed). What it revoked, such as the token
// of a pod that is gone, is for who knows the pods.
//
// Source: Kubernetes documentation, "Managing Service Accounts" (bound tokens, claims below
// `kubernetes.io`), RFC 7517, RFC 7519. Threads: as the port says.
class ServiceAccountTokens : public PodTokens {
 public:
  // `keys` outlives it. They are asked for again when a token's key is not among them, at most
  // every ten seconds, and once an hour.
  ServiceAccountTokens(ClusterKeys& keys, std::string audience)
      : source_(keys), audience_(std::move(audience)) {}

  Result<PodIdentity> check(std::string_view token, TimePoint now) override;

 private:
  struct Known {
    std::string issuer;
    JsonWebKeys keys;
  };
  using Shared = std::shared_ptr<const Known>;

  // Those that are known, or newer ones where `key_id` is not among them.
  Result<Shared> keys_for(const std::string& key_id, TimePoint now);
  Result<Shared> fetch();

  ClusterKeys& source_;
  const std::string audience_;
  std::mutex mutex_;  // guards the rest
  Shared known_;
  std::optional<TimePoint> known_since_;
  std::optional<TimePoint> asked_;
  bool is_asking_ = false;
};

}  // namespace gthulhu
