// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

#include "adapters/crypto/jwt.h"
#include "app/ports/tokens.h"

namespace gthulhu {

// Access tokens of users: the claims of contract 2.1 with `aud` added.
class JwtTokens : public Tokens {
 public:
  // `key` has its private half. Tokens that one of `previous` signed are taken until they expire.
  JwtTokens(RsaKey key, std::chrono::seconds lifetime, std::vector<RsaKey> previous = {});

  Result<std::string> sign(const AccessClaims& claims, TimePoint now) override;
  Result<AccessClaims> check(std::string_view token, TimePoint now) override;

 private:
  Jwt jwt_;
  std::chrono::seconds lifetime_;
};

// Tokens for those who may talk to a decision maker: the claims of contract 2.4 with `aud` added.
class JwtAgentTokens : public AgentTokens {
 public:
  JwtAgentTokens(RsaKey key, std::chrono::seconds lifetime, std::vector<RsaKey> previous = {});

  // Errc::invalid_argument for a client_id of more than 256 bytes.
  Result<Issued> sign(std::string_view client_id, TimePoint now) override;
  Result<> check(std::string_view token, TimePoint now) override;
  [[nodiscard]] bool is_own_public_key(std::string_view pem) const override;

 private:
  Jwt jwt_;
  std::chrono::seconds lifetime_;
};

}  // namespace gthulhu
