// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// OpenSSL's EVP_PKEY.
struct evp_pkey_st;

namespace gthulhu {

// Public keys as JSON (RFC 7517) of the kinds that Kubernetes signs with: RSA for RS256, P-256 for
// ES256. Keys of other kinds are left out. Threads: const functions from anywhere.
class JsonWebKeys {
 public:
  // Errc::corrupt when it is no key set.
  static Result<JsonWebKeys> parse(std::string_view jwks);

  [[nodiscard]] bool contains(const std::string& id) const { return keys_.contains(id); }
  // Whether the key of that id signed the text by that algorithm, "RS256" or "ES256" (RFC 7518).
  [[nodiscard]] bool verifies(const std::string& id,
                              std::string_view algorithm,
                              std::string_view text,
                              std::string_view signature) const;

 private:
  std::map<std::string, std::shared_ptr<evp_pkey_st>> keys_;
};

}  // namespace gthulhu
