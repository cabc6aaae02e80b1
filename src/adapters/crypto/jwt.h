// SPDX-License-Identifier: Apache-2.0
//
// JSON Web Tokens in the one form that this program makes and takes: JWS compact, RS256, header
// {"alg","typ","kid"} (RFC 7515, RFC 7519, RFC 8725).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/crypto/rsa_key.h"
#include "base/clock.h"
#include "base/result.h"
#include "wire/json.h"

namespace gthulhu {

// Seconds since 1970, for exp, nbf and iat.
std::int64_t numeric_date(TimePoint time);

// Signs with one key, and checks what that key or one of its predecessors signed.
// Threads: const functions from anywhere.
class Jwt {
 public:
  // What every token of one kind says.
  struct Parties {
    std::string issuer;
    std::string audience;
  };

  // `key` has its private half.
  Jwt(RsaKey key, std::vector<RsaKey> previous, Parties parties);

  // Errc::too_large when nobody would take the token.
  [[nodiscard]] Result<std::string> sign(const wire::Value::Object& claims) const;

  // The claims of a token that is in force: first the signature is checked, then iss, aud, exp and
  // nbf, without leeway. Errc::unauthenticated for whatever is wrong; only `detail` says what.
  [[nodiscard]] Result<wire::Value> check(std::string_view token, TimePoint now) const;

  [[nodiscard]] const RsaKey& key() const { return keys_.front(); }
  [[nodiscard]] const Parties& parties() const { return parties_; }

 private:
  [[nodiscard]] Result<const RsaKey*> key_for(std::string_view header) const;

  std::vector<RsaKey> keys_;  // the first one signs
  Parties parties_;
  std::string header_;  // encoded, of each token that is signed
};

// The error of every refused token.
Error refused_token(std::string detail);

}  // namespace gthulhu
