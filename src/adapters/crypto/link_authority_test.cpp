// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/link_authority.h"

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "adapters/crypto/certificate_request.h"
#include "adapters/crypto/pem_text.h"
#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29};

class LinkAuthorityTest : public testing::Test {
 protected:
  LinkAuthorityTest() : authority_(std::move(*LinkAuthority::open(pair_, random_))) {}

  std::string request() { return *make_certificate_request(*make_link_key()); }

  // As the other end of a connection does.
  static int verify(const std::string& ca_pem,
                    const std::string& pem,
                    int purpose,
                    TimePoint when = now) {
    const LinkCertificate ca = *parse_link_certificate(ca_pem);
    const LinkCertificate certificate = *parse_link_certificate(pem);
    const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), ca.get());
    const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_STORE_CTX_set_time(
        context.get(), 0,
        std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  }

  FakeRandom random_{1};
  LinkAuthority::Pair pair_ = *LinkAuthority::make(random_, now);
  std::unique_ptr<LinkAuthority> authority_;
};

TEST_F(LinkAuthorityTest, a_certificate_is_for_one_end_only) {
  const auto called =
      authority_->issue(request(), LinkEnd::called, {.uris = {"node:n1"}}, 60s, now);
  const auto caller =
      authority_->issue(request(), LinkEnd::caller, {.uris = {"gthulhu:manager"}}, 60s, now);
  ASSERT_TRUE(called) << called.error().text();
  ASSERT_TRUE(caller) << caller.error().text();
  const std::string& ca = authority_->ca_pem();
  EXPECT_EQ(verify(ca, called->pem, X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_EQ(verify(ca, called->pem, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verify(ca, caller->pem, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_EQ(verify(ca, caller->pem, X509_PURPOSE_SSL_SERVER), X509_V_ERR_INVALID_PURPOSE);
}

TEST_F(LinkAuthorityTest, a_certificate_begins_a_little_earlier_and_ends_in_time) {
  const auto issued =
      authority_->issue(request(), LinkEnd::called, {.uris = {"node:n1"}}, 60s, now);
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->expires, now + 60s);
  EXPECT_EQ(*certificate_end(issued->pem), now + 60s);
  const std::string& ca = authority_->ca_pem();
  EXPECT_EQ(verify(ca, issued->pem, X509_PURPOSE_SSL_SERVER, now - 4min), X509_V_OK);
  EXPECT_EQ(verify(ca, issued->pem, X509_PURPOSE_SSL_SERVER, now + 61s),
            X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_F(LinkAuthorityTest, another_authority_leads_nowhere) {
  const LinkAuthority::Pair foreign = *LinkAuthority::make(random_, now);
  const auto issued =
      authority_->issue(request(), LinkEnd::called, {.uris = {"node:n1"}}, 60s, now);
  EXPECT_NE(verify(foreign.certificate_pem, issued->pem, X509_PURPOSE_SSL_SERVER), X509_V_OK);
}

TEST_F(LinkAuthorityTest, names_are_those_that_were_given_and_no_others) {
  const auto issued =
      authority_->issue(request(), LinkEnd::called,
                        {.uris = {"node:n1"}, .hosts = {"10.0.0.7", "manager"}}, 60s, now);
  ASSERT_TRUE(issued) << issued.error().text();
  const LinkCertificate certificate = *parse_link_certificate(issued->pem);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "10.0.0.7", 0), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "manager", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "node:n1", 0, 0, nullptr), 0);
}

TEST_F(LinkAuthorityTest, a_name_that_would_be_read_as_two_is_refused) {
  for (const char* name : {"node:n1,URI:node:n2", "", "node n1", "node:n1\n"}) {
    const auto issued = authority_->issue(request(), LinkEnd::called, {.uris = {name}}, 60s, now);
    ASSERT_FALSE(issued) << name;
    EXPECT_EQ(issued.error().code, Errc::invalid_argument);
  }
  EXPECT_FALSE(authority_->issue(request(), LinkEnd::called, {}, 60s, now));
}

TEST_F(LinkAuthorityTest, a_request_must_be_signed_with_its_own_key) {
  const std::string key = *make_link_key();
  const auto first = authority_->key_of(*make_certificate_request(key));
  ASSERT_TRUE(first);
  EXPECT_EQ(*authority_->key_of(*make_certificate_request(key)), *first);
  EXPECT_NE(*authority_->key_of(request()), *first);

  std::string broken = request();
  const std::size_t place = broken.size() - 60;  // in the signature
  broken[place] = broken[place] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authority_->key_of(broken));
  EXPECT_FALSE(authority_->key_of("no request"));
  EXPECT_FALSE(authority_->key_of(std::string(1'000'000, 'a')));
  EXPECT_EQ(authority_->key_of("").error().field, "request");
}

TEST_F(LinkAuthorityTest, serial_numbers_differ) {
  const auto serial = [this] {
    const auto issued =
        authority_->issue(request(), LinkEnd::called, {.uris = {"node:n1"}}, 60s, now);
    const LinkCertificate certificate = *parse_link_certificate(issued->pem);
    const Owned<BIGNUM, BN_free> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
    EXPECT_FALSE(BN_is_negative(number.get()));
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
  };
  EXPECT_NE(serial(), serial());
}

TEST_F(LinkAuthorityTest, what_is_no_authority_is_not_opened) {
  const auto leaf = authority_->issue(request(), LinkEnd::called, {.uris = {"node:n1"}}, 60s, now);
  const auto no_authority = LinkAuthority::open({leaf->pem, pair_.key_pem}, random_);
  ASSERT_FALSE(no_authority);
  EXPECT_THAT(no_authority.error().message, HasSubstr("not that of an authority"));
  const auto other_key = LinkAuthority::open({pair_.certificate_pem, *make_link_key()}, random_);
  ASSERT_FALSE(other_key);
  EXPECT_THAT(other_key.error().message, HasSubstr("does not belong"));
  EXPECT_FALSE(LinkAuthority::open({"", ""}, random_));
}

}  // namespace
}  // namespace gthulhu
