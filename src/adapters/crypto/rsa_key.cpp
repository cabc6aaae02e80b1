// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/owned.h"

namespace gthulhu {
namespace {

using Bio = Owned<BIO, BIO_free_all>;
using BigNumber = Owned<BIGNUM, BN_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr int least_bits = 2048;
constexpr int most_bits = 8192;
constexpr std::size_t longest_pem = 16'384;

Error refusal(std::string message) {
  ERR_clear_error();  // its queue is per thread, and would confuse the next call
  return Error{Errc::invalid_argument, std::move(message), ""};
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

// Instead of a question on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string big_endian(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* raw = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, parameter, &raw) == 1);  // every RSA key has both
  const BigNumber number(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

// RFC 7638 3: the required members, in the order of their names, without blanks.
std::string thumbprint_of(const EVP_PKEY* key) {
  const std::string members =
      R"({"e":")" + encode_base64(Base64::url, big_endian(key, OSSL_PKEY_PARAM_RSA_E)) +
      R"(","kty":"RSA","n":")" +
      encode_base64(Base64::url, big_endian(key, OSSL_PKEY_PARAM_RSA_N)) + R"("})";
  const Digest digest = sha256(members);
  return encode_base64(Base64::url,
                       {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

std::string content_of(BIO* bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio, &start);
  CHECK(length > 0);  // the key was checked when it came in
  return {start, static_cast<std::size_t>(length)};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<RsaKey> RsaKey::adopt(std::shared_ptr<EVP_PKEY> key, bool has_private) {
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return refusal("the key is not an RSA key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < least_bits || bits > most_bits) {
    return refusal("an RSA key must have 2048 to 8192 bits, not " + std::to_string(bits));
  }
  std::string thumbprint = thumbprint_of(key.get());
  RsaKey adopted(std::move(key), has_private, std::move(thumbprint));
  if (has_private) {
    const auto signature = adopted.sign("probe");
    if (!signature || !adopted.verifies("probe", *signature)) {
      return refusal("the private key does not belong to its public half");
    }
  }
  return adopted;
}

Result<RsaKey> RsaKey::generate(unsigned bits) {
  if (bits < least_bits || bits > most_bits) {
    return refusal("an RSA key must have 2048 to 8192 bits, not " + std::to_string(bits));
  }
  auto key = shared(EVP_RSA_gen(bits));
  if (!key) {
    ERR_clear_error();
    return Error{Errc::internal, "no RSA key could be made", ""};
  }
  return adopt(std::move(key), true);
}

Result<RsaKey> RsaKey::parse_private(std::string_view pem) {
  if (pem.size() > longest_pem) return refusal("the private key is too long");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = shared(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return refusal(
        "not a private RSA key: PEM in the form PKCS#1 or PKCS#8 without passphrase wanted");
  }
  return adopt(std::move(key), true);
}

Result<RsaKey> RsaKey::parse_public(std::string_view pem) {
  if (pem.size() > longest_pem) return refusal("the public key is too long");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = shared(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return refusal("not a public RSA key: PEM in the form PKIX (PUBLIC KEY) wanted");
  return adopt(std::move(key), false);
}

std::string RsaKey::public_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
  return content_of(bio.get());
}

Result<std::string> RsaKey::private_pem() const {
  if (!private_) return refusal("the key has no private half");
  const Bio bio(BIO_new(BIO_s_secmem()));
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1);
  return content_of(bio.get());
}

Result<std::string> RsaKey::sign(std::string_view text) const {
  if (!private_) return refusal("the key has no private half");
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t length = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                     bytes_of(text), text.size()) != 1) {
    ERR_clear_error();
    return Error{Errc::internal, "signing failed", ""};
  }
  signature.resize(length);
  return signature;
}

bool RsaKey::verifies(std::string_view text, std::string_view signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                       text.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace gthulhu
