// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/account.h"

namespace gthulhu {

// What a user's access token says.
struct AccessClaims {
  UserId user;
  bool must_change_password = false;
  std::int64_t token_version = 0;

  bool operator==(const AccessClaims&) const = default;
};

// Signs and checks tokens: JWT RS256 with kid, issuer and audience (contract 2.1, RFC 7519, RFC
// 7638). Threads: from anywhere.
class Tokens {
 public:
  virtual ~Tokens() = default;

  virtual Result<std::string> sign(const AccessClaims& claims, TimePoint now) = 0;
  // Errc::unauthenticated for whatever is wrong with it.
  virtual Result<AccessClaims> check(std::string_view token, TimePoint now) = 0;
};

// The same for those who may talk to a decision maker.
class AgentTokens {
 public:
  virtual ~AgentTokens() = default;

  struct Issued {
    std::string token;
    TimePoint expires;
  };
  virtual Result<Issued> sign(std::string_view client_id, TimePoint now) = 0;
  // Errc::unauthenticated for whatever is wrong with it.
  virtual Result<> check(std::string_view token, TimePoint now) = 0;
  // Whether `pem` is the public half of the key that signs (contract 2.4).
  [[nodiscard]] virtual bool is_own_public_key(std::string_view pem) const = 0;
};

}  // namespace gthulhu
