// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/rsa_key.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "adapters/crypto/demo_keys.h"
#include "base/owned.h"

namespace gthulhu {
namespace {

using Bio = Owned<BIO, BIO_free_all>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

// The key of RFC 7638 3.1 as PKIX.
constexpr std::string_view rfc_7638_key = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJX
ZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS
oc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt
7/RN5w6Cf0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0
zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0f
M4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDK
gwIDAQAB
-----END PUBLIC KEY-----
)";

// Making keys is slow: one for all tests.
const RsaKey& some_key() {
  static const auto* const key = new RsaKey(RsaKey::generate().value());
  return *key;
}

std::string in_form(const EVP_PKEY* key, bool pkcs1, const char* passphrase = nullptr) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (pkcs1) {
    PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PKCS8PrivateKey(
        bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), passphrase,
        passphrase == nullptr ? 0 : static_cast<int>(strlen(passphrase)), nullptr, nullptr);
  }
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &start);
  return {start, static_cast<std::size_t>(length)};
}

Key opened(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

TEST(RsaKey, its_thumbprint_is_that_of_the_example_in_rfc_7638) {
  EXPECT_EQ(RsaKey::parse_public(rfc_7638_key).value().thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(RsaKey, survives_its_own_pem) {
  const std::string pem = some_key().private_pem().value();
  EXPECT_EQ(pem.substr(0, 27), "-----BEGIN PRIVATE KEY-----");

  const RsaKey again = RsaKey::parse_private(pem).value();
  EXPECT_EQ(again, some_key());
  EXPECT_EQ(again.private_pem().value(), pem);

  const RsaKey half = RsaKey::parse_public(some_key().public_pem()).value();
  EXPECT_EQ(half, some_key());
  EXPECT_EQ(half.public_pem(), some_key().public_pem());
}

TEST(RsaKey, reads_both_private_forms) {
  const Key key = opened(some_key().private_pem().value());
  const std::string pkcs1 = in_form(key.get(), true);
  ASSERT_TRUE(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"));

  EXPECT_EQ(RsaKey::parse_private(pkcs1).value(), some_key());
  EXPECT_EQ(RsaKey::parse_private("\n" + pkcs1 + "\n").value(), some_key());
  EXPECT_EQ(RsaKey::parse_private(in_form(key.get(), false)).value(), some_key());
}

TEST(RsaKey, what_one_half_signs_the_other_verifies) {
  const RsaKey half = RsaKey::parse_public(some_key().public_pem()).value();
  std::string signature = some_key().sign("text").value();

  EXPECT_TRUE(half.verifies("text", signature));
  EXPECT_FALSE(half.verifies("tent", signature));
  EXPECT_FALSE(half.verifies("text", ""));
  signature.front() = static_cast<char>(signature.front() ^ 1);
  EXPECT_FALSE(half.verifies("text", signature));
}

TEST(RsaKey, a_public_half_neither_signs_nor_has_a_private_pem) {
  const RsaKey half = RsaKey::parse_public(some_key().public_pem()).value();

  EXPECT_FALSE(half.has_private_half());
  EXPECT_EQ(half.sign("text").error().code, Errc::invalid_argument);
  EXPECT_EQ(half.private_pem().error().code, Errc::invalid_argument);
}

TEST(RsaKey, refuses_what_is_no_rsa_key_and_says_nothing_of_its_content) {
  const Key elliptic(EVP_EC_gen("P-256"));
  const Key small(EVP_RSA_gen(1024));
  const Key good = opened(some_key().private_pem().value());
  std::string cut = some_key().private_pem().value();
  cut.erase(cut.size() / 2, 8);
  const std::string refused[] = {
      "",
      "hunter2",
      "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
      cut,
      in_form(elliptic.get(), false),
      in_form(small.get(), false),
      in_form(small.get(), true),
      in_form(good.get(), false, "hunter2"),
      std::string(rfc_7638_key),
      std::string(20'000, 'A')};
  for (const std::string& pem : refused) {
    const auto key = RsaKey::parse_private(pem);
    ASSERT_FALSE(key.has_value()) << pem;
    EXPECT_EQ(key.error().code, Errc::invalid_argument);
    EXPECT_EQ(key.error().text().find("hunter2"), std::string::npos);
  }
  for (const std::string& pem : {std::string(), std::string("hunter2"), cut}) {
    EXPECT_EQ(RsaKey::parse_public(pem).error().code, Errc::invalid_argument);
  }
}

// The modulus of one key with all private numbers of another.
std::string chimera(const EVP_PKEY* body, const EVP_PKEY* head) {
  OSSL_PARAM* numbers = nullptr;
  EVP_PKEY_todata(body, EVP_PKEY_KEYPAIR, &numbers);
  const Owned<OSSL_PARAM, OSSL_PARAM_free> owned(numbers);
  BIGNUM* modulus = nullptr;
  EVP_PKEY_get_bn_param(head, OSSL_PKEY_PARAM_RSA_N, &modulus);
  const Owned<BIGNUM, BN_free> owned_modulus(modulus);
  OSSL_PARAM* place = OSSL_PARAM_locate(numbers, OSSL_PKEY_PARAM_RSA_N);
  BN_bn2nativepad(modulus, static_cast<unsigned char*>(place->data),
                  static_cast<int>(place->data_size));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, numbers);
  return in_form(Key(made).get(), false);
}

TEST(RsaKey, refuses_halves_that_do_not_belong_together) {
  const Key one = opened(some_key().private_pem().value());
  const Key other(EVP_RSA_gen(2048));
  ASSERT_EQ(RsaKey::parse_private(chimera(one.get(), one.get())).value(), some_key());

  const auto key = RsaKey::parse_private(chimera(one.get(), other.get()));
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().code, Errc::invalid_argument);
  EXPECT_EQ(key.error().message, "the private key does not belong to its public half");
}

TEST(RsaKey, refuses_sizes_that_are_too_small_or_too_slow) {
  EXPECT_EQ(RsaKey::generate(1024).error().code, Errc::invalid_argument);
  EXPECT_EQ(RsaKey::generate(16'384).error().code, Errc::invalid_argument);
}

TEST(DemoKeys, know_the_published_key_and_no_other) {
  EXPECT_TRUE(is_known_demo_thumbprint("ZN045Tt13k0VcGaoEyYN8hJ5pCJ4hBtE-wFv3pNilhc"));
  EXPECT_FALSE(is_known_demo_key(RsaKey::parse_public(rfc_7638_key).value()));
  EXPECT_FALSE(is_known_demo_key(some_key()));
}

}  // namespace
}  // namespace gthulhu
