// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/model/account.h"
#include "core/model/refresh_session.h"

namespace gthulhu {

// What a user's access token says.
struct AccessClaims {
  UserId user;
  bool must_change_password = false;
  std::int64_t token_version = 0;

  bool operator==(const AccessClaims&) const = default;
};

// What a refresh token says besides.
struct RefreshClaims {
  AccessClaims access;
  SessionId session;
  FamilyId family;

  bool operator==(const RefreshClaims&) const = default;
};

// A signed token and when it ends.
struct IssuedToken {
  std::string token;
  TimePoint expires;
};

// A token as somebody shows it, and its SHA-256, by which those that were seen before are known.
struct ShownToken {
  std::string_view text;
  Digest sha256;
};

// Signs and checks tokens: JWT RS256 with kid, issuer and audience (contract 2.1, RFC 7519, RFC
// 7638). A check is Errc::unauthenticated with the contract's text for whatever is wrong.
// Threads: from anywhere.
class Tokens {
 public:
  virtual ~Tokens() = default;

  virtual Result<std::string> sign(const AccessClaims& claims, TimePoint now) = 0;
  // Of an access token. Takes less than a microsecond when the token was seen before.
  virtual Result<AccessClaims> check(const ShownToken& token, TimePoint now) = 0;

  virtual Result<IssuedToken> sign_refresh(const RefreshClaims& claims, TimePoint now) = 0;
  virtual Result<RefreshClaims> check_refresh(std::string_view token, TimePoint now) = 0;
};

// The same for those who may talk to a decision maker.
class AgentTokens {
 public:
  virtual ~AgentTokens() = default;

  virtual Result<IssuedToken> sign(std::string_view client_id, TimePoint now) = 0;
  // Errc::unauthenticated for whatever is wrong with it.
  virtual Result<> check(const ShownToken& token, TimePoint now) = 0;
  // Whether `pem` is the public half of the key that signs (contract 2.4).
  [[nodiscard]] virtual bool is_own_public_key(std::string_view pem) const = 0;
};

}  // namespace gthulhu
