// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/json_web_keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/base64.h"
#include "base/owned.h"
#include "wire/json.h"

namespace gthulhu {

namespace {

using BigNumber = Owned<BIGNUM, BN_free>;
using Key = std::shared_ptr<EVP_PKEY>;

constexpr int least_rsa_bits = 2048;
constexpr std::size_t coordinate_bytes = 32;  // of P-256

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber number_of(std::string_view big_endian) {
  return BigNumber(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

std::string text_member(const wire::Value& object, std::string_view name) {
  const wire::Value* value = object.find(name);
  const std::string* text = value == nullptr ? nullptr : value->as<std::string>();
  return text == nullptr ? std::string() : *text;
}

std::string decoded_member(const wire::Value& object, std::string_view name) {
  return decode_base64(Base64::url, text_member(object, name)).value_or("");
}

Key key_of(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* raw = nullptr;
  const bool is_made =
      parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  ERR_clear_error();
  return is_made ? Key(raw, EVP_PKEY_free) : nullptr;
}

Key rsa_key(const wire::Value& object) {
  const BigNumber modulus = number_of(decoded_member(object, "n"));
  const BigNumber exponent = number_of(decoded_member(object, "e"));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  Key key = key_of("RSA", builder.get());
  return key != nullptr && EVP_PKEY_get_bits(key.get()) >= least_rsa_bits ? key : nullptr;
}

Key curve_key(const wire::Value& object) {
  const std::string x = decoded_member(object, "x");
  const std::string y = decoded_member(object, "y");
  if (text_member(object, "crv") != "P-256" || x.size() != coordinate_bytes ||
      y.size() != coordinate_bytes) {
    return nullptr;
  }
  const std::string point = '\x04' + x + y;
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return key_of("EC", builder.get());
}

// The two numbers one after the other (RFC 7518 3.4) as OpenSSL wants them.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  BIGNUM* first = number_of(signature.substr(0, coordinate_bytes)).release();
  BIGNUM* second = number_of(signature.substr(coordinate_bytes)).release();
  // The pair owns them then.
  if (pair == nullptr || ECDSA_SIG_set0(pair.get(), first, second) != 1) {
    BN_free(first);
    BN_free(second);
    return {};
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

Result<JsonWebKeys> JsonWebKeys::parse(std::string_view jwks) {
  const auto parsed = wire::parse_json(jwks);
  const wire::Value* list = parsed ? parsed->find("keys") : nullptr;
  const auto* items = list == nullptr ? nullptr : list->as<wire::Value::Array>();
  if (items == nullptr) return Error{Errc::corrupt, "the cluster's keys are no key set", ""};
  JsonWebKeys keys;
  for (const wire::Value& item : *items) {
    const std::string kind = text_member(item, "kty");
    const Key key = kind == "RSA" ? rsa_key(item) : kind == "EC" ? curve_key(item) : nullptr;
    if (key != nullptr) keys.keys_.emplace(text_member(item, "kid"), key);
  }
  return keys;
}

bool JsonWebKeys::verifies(const std::string& id,
                           std::string_view algorithm,
                           std::string_view text,
                           std::string_view signature) const {
  const auto known = keys_.find(id);
  if (known == keys_.end()) return false;
  EVP_PKEY* key = known->second.get();
  // The algorithm must be that of the key, whatever the token says (RFC 8725 3.1).
  const bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  if (algorithm != (is_rsa ? "RS256" : "ES256")) return false;
  const std::string own_form = is_rsa ? std::string(signature) : der_of(signature);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const bool is_good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(own_form), own_form.size(), bytes_of(text),
                       text.size()) == 1;
  ERR_clear_error();
  return is_good;
}

}  // namespace gthulhu
