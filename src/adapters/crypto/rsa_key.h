// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// OpenSSL's EVP_PKEY.
struct evp_pkey_st;

namespace gthulhu {

// An RSA key of 2048 to 8192 bits; with its private half unless it was parsed from a public one.
// A value: copies share the immutable key. No error says anything of a key's content.
// Threads: const functions from anywhere.
class RsaKey {
 public:
  // Errc::invalid_argument for sizes out of bounds. Takes a tenth of a second and more.
  static Result<RsaKey> generate(unsigned bits = 2048);

  // PEM, PKCS#1 (RSA PRIVATE KEY) or PKCS#8 (PRIVATE KEY) without passphrase.
  // Errc::invalid_argument for anything else, also when the two halves do not belong together.
  static Result<RsaKey> parse_private(std::string_view pem);
  // PEM, PKIX (PUBLIC KEY, RFC 5280 4.1.2.7).
  static Result<RsaKey> parse_public(std::string_view pem);

  [[nodiscard]] bool has_private_half() const { return private_; }
  [[nodiscard]] std::string public_pem() const;
  // PKCS#8. Errc::invalid_argument when there is no private half.
  [[nodiscard]] Result<std::string> private_pem() const;

  // The base64url SHA-256 of RFC 7638, used as `kid`.
  [[nodiscard]] const std::string& thumbprint() const { return thumbprint_; }

  // RSASSA-PKCS1-v1_5 with SHA-256 (RS256, RFC 7518 3.3). Errc::invalid_argument without a private
  // half.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;
  [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

  // Whether the public halves are the same.
  bool operator==(const RsaKey& other) const { return thumbprint_ == other.thumbprint_; }

 private:
  RsaKey(std::shared_ptr<evp_pkey_st> key, bool has_private, std::string thumbprint)
      : key_(std::move(key)), private_(has_private), thumbprint_(std::move(thumbprint)) {}
  static Result<RsaKey> adopt(std::shared_ptr<evp_pkey_st> key, bool has_private);

  std::shared_ptr<evp_pkey_st> key_;
  bool private_;
  std::string thumbprint_;
};

}  // namespace gthulhu
