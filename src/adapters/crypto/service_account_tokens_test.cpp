// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/service_account_tokens.h"

#include <gmock/gmock.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "adapters/crypto/jwt.h"
#include "adapters/crypto/rsa_key.h"
#include "base/base64.h"
#include "base/owned.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

const TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29};

std::string base64(std::string_view bytes) {
  return encode_base64(Base64::url, bytes);
}

std::string number(const EVP_PKEY* key, const char* name, std::size_t bytes) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, name, &raw);
  const Owned<BIGNUM, BN_free> owned(raw);
  std::string text(bytes, '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(bytes));
  return text;
}

// Signs as an API server does, with an RSA or a P-256 key.
class Signer {
 public:
  Signer(std::string id, bool is_rsa)
      : id_(std::move(id)),
        is_rsa_(is_rsa),
        key_(is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")) {}

  [[nodiscard]] std::string jwk() const {
    if (is_rsa_) {
      return R"({"kty":"RSA","use":"sig","alg":"RS256","kid":")" + id_ + R"(","n":")" +
             base64(number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 256)) + R"(","e":"AQAB"})";
    }
    return R"({"kty":"EC","crv":"P-256","kid":")" + id_ + R"(","x":")" +
           base64(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32)) + R"(","y":")" +
           base64(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32)) + R"("})";
  }

  [[nodiscard]] std::string token(const std::string& claims,
                                  const std::string& algorithm = "") const {
    const std::string own = is_rsa_ ? "RS256" : "ES256";
    const std::string text = base64(R"({"alg":")" + (algorithm.empty() ? own : algorithm) +
                                    R"(","kid":")" + id_ + R"("})") +
                             "." + base64(claims);
    return text + "." + base64(sign(text));
  }

 private:
  [[nodiscard]] std::string sign(const std::string& text) const {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    std::string bytes(512, '\0');
    std::size_t size = bytes.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    bytes.resize(size);
    if (is_rsa_) return bytes;
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(
        d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(size)));
    std::string both(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(both.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + 32, 32);
    return both;
  }

  std::string id_;
  bool is_rsa_;
  Key key_;
};

class GivenKeys : public ClusterKeys {
 public:
  std::vector<const Signer*> signers;
  bool is_reached = true;
  int asked = 0;

  Result<ClusterKeySet> fetch() override {
    ++asked;
    if (!is_reached) return Error{Errc::unavailable, "no API server", ""};
    std::string keys;
    for (const Signer* signer : signers) keys += (keys.empty() ? "" : ",") + signer->jwk();
    return ClusterKeySet{"https://cluster", R"({"keys":[)" + keys + "]}"};
  }
};

class ServiceAccountTokensTest : public testing::Test {
 protected:
  static std::string claims(const std::string& audience = R"(["gthulhu-manager"])",
                            const std::string& issuer = "https://cluster",
                            std::chrono::seconds life = 600s) {
    return R"({"aud":)" + audience + R"(,"iss":")" + issuer + R"(","exp":)" +
           std::to_string(numeric_date(now + life)) + R"(,"nbf":)" +
           std::to_string(numeric_date(now - 5s)) +
           R"(,"kubernetes.io":{"namespace":"gthulhu-system","pod":{"name":"dm-1","uid":"0f1c"},)"
           R"("serviceaccount":{"name":"agent","uid":"1"}}})";
  }
  std::string refusal(const std::string& token) {
    const auto checked = tokens_.check(token, now);
    if (checked) return "";
    EXPECT_EQ(checked.error().code, Errc::unauthenticated);
    return checked.error().detail;
  }

  static const Signer& rsa() {
    static const Signer signer("rsa", true);
    return signer;
  }
  Signer curve_{"curve", false};
  GivenKeys keys_;
  ServiceAccountTokens tokens_{keys_, "gthulhu-manager"};
};

TEST_F(ServiceAccountTokensTest, a_token_says_whose_it_is) {
  keys_.signers = {&rsa(), &curve_};
  for (const std::string& token : {rsa().token(claims()), curve_.token(claims())}) {
    const auto identity = tokens_.check(token, now);
    ASSERT_TRUE(identity) << identity.error().text();
    EXPECT_EQ(identity->pod, PodUid("0f1c"));
    EXPECT_EQ(identity->pod_name, "dm-1");
    EXPECT_EQ(identity->name_space, Namespace("gthulhu-system"));
    EXPECT_EQ(identity->service_account, "agent");
  }
  EXPECT_EQ(keys_.asked, 1);
}

TEST_F(ServiceAccountTokensTest, what_is_not_for_us_or_not_in_force_is_refused) {
  keys_.signers = {&curve_};
  EXPECT_EQ(refusal(curve_.token(claims(R"("gthulhu-manager")"))), "");
  EXPECT_THAT(refusal(curve_.token(claims(R"(["https://kubernetes"])"))), HasSubstr("audience"));
  EXPECT_THAT(refusal(curve_.token(claims("[]"))), HasSubstr("audience"));
  EXPECT_THAT(refusal(curve_.token(claims(R"(["gthulhu-manager"])", "https://other"))),
              HasSubstr("issuer"));
  EXPECT_THAT(refusal(curve_.token(claims(R"(["gthulhu-manager"])", "https://cluster", -1s))),
              HasSubstr("expired"));
  EXPECT_THAT(refusal(curve_.token(R"({"aud":"gthulhu-manager","iss":"https://cluster"})")),
              HasSubstr("no end"));
  EXPECT_THAT(refusal(curve_.token(R"({"aud":"gthulhu-manager","iss":"https://cluster",)"
                                   R"("exp":99999999999})")),
              HasSubstr("no pod"));
}

TEST_F(ServiceAccountTokensTest, a_token_that_another_key_signed_is_refused) {
  keys_.signers = {&curve_};
  const Signer impostor("curve", false);
  EXPECT_THAT(refusal(impostor.token(claims())), HasSubstr("wrong signature"));
  EXPECT_THAT(refusal(rsa().token(claims())), HasSubstr("wrong signature"));  // unknown key
  EXPECT_THAT(refusal(curve_.token(claims(), "none")), HasSubstr("wrong signature"));
  EXPECT_THAT(refusal(curve_.token(claims(), "RS256")), HasSubstr("wrong signature"));
  std::string changed = curve_.token(claims());
  const std::size_t dot = changed.find('.');
  changed.replace(dot + 1, changed.rfind('.') - dot - 1, base64(claims("[]")));
  EXPECT_THAT(refusal(changed), HasSubstr("wrong signature"));
  for (const char* text : {"", "a", "a.b", "a.b.c", "....", "e30.e30.e30"}) {
    EXPECT_NE(refusal(text), "") << text;
  }
  EXPECT_NE(refusal(std::string(100'000, 'a')), "");
}

TEST_F(ServiceAccountTokensTest, new_keys_are_asked_for_but_not_for_every_token) {
  keys_.signers = {&curve_};
  EXPECT_EQ(refusal(curve_.token(claims())), "");
  const Signer next("next", false);
  keys_.signers = {&curve_, &next};
  EXPECT_NE(refusal(next.token(claims())), "");  // too soon after the last time
  EXPECT_EQ(keys_.asked, 1);
  EXPECT_TRUE(tokens_.check(next.token(claims()), now + 11s));
  EXPECT_EQ(keys_.asked, 2);
}

TEST_F(ServiceAccountTokensTest, while_the_keys_are_not_known_nobody_is_let_in) {
  keys_.is_reached = false;
  const auto checked = tokens_.check(curve_.token(claims()), now);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::unavailable);
  keys_.is_reached = true;
  keys_.signers = {&curve_};
  EXPECT_TRUE(tokens_.check(curve_.token(claims()), now + 11s));
}

}  // namespace
}  // namespace gthulhu
