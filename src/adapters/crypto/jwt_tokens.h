// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

#include "adapters/crypto/jwt.h"
#include "adapters/crypto/verified_tokens.h"
#include "app/ports/tokens.h"

namespace gthulhu {

// Tokens of users: the claims of contract 2.1 with `aud` added, and `fam` (the family) at the end
// of a refresh token.
class JwtTokens : public Tokens {
 public:
  // How long tokens are good.
  struct Lifetimes {
    std::chrono::seconds access;
    std::chrono::seconds refresh;
  };

  // `key` has its private half. Tokens that one of `previous` signed are taken until they expire.
  JwtTokens(RsaKey key, Lifetimes lifetimes, std::vector<RsaKey> previous = {});

  Result<std::string> sign(const AccessClaims& claims, TimePoint now) override;
  Result<AccessClaims> check(const ShownToken& token, TimePoint now) override;
  Result<IssuedToken> sign_refresh(const RefreshClaims& claims, TimePoint now) override;
  Result<RefreshClaims> check_refresh(std::string_view token, TimePoint now) override;

 private:
  Jwt jwt_;
  Lifetimes lifetimes_;
  VerifiedTokens verified_;
};

// Tokens for those who may talk to a decision maker: the claims of contract 2.4 with `aud` added.
class JwtAgentTokens : public AgentTokens {
 public:
  JwtAgentTokens(RsaKey key, std::chrono::seconds lifetime, std::vector<RsaKey> previous = {});

  // Errc::invalid_argument for a client_id of more than 256 bytes.
  Result<IssuedToken> sign(std::string_view client_id, TimePoint now) override;
  Result<> check(const ShownToken& token, TimePoint now) override;
  [[nodiscard]] bool is_own_public_key(std::string_view pem) const override;

 private:
  Jwt jwt_;
  std::chrono::seconds lifetime_;
  VerifiedTokens verified_;
};

}  // namespace gthulhu
