// SPDX-License-Identifier: Apache-2.0
//
// For tests: certificates made when they are needed, so that none expires in the repository.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>

#include "base/owned.h"

namespace gthulhu::net {

// An authority with a P-256 key of its own.
class TestAuthority {
 public:
  struct Pair {
    std::string certificate_pem;
    std::string key_pem;
  };

  explicit TestAuthority(const std::string& name)
      : key_(EVP_EC_gen("P-256")), certificate_(blank(name, key_.get())) {
    extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  // `names` as OpenSSL writes them: "IP:127.0.0.1,URI:node:n1". Less than no seconds: expired.
  Pair issue(const std::string& name, const std::string& names, long valid_seconds = 3600) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = blank(name, key.get());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
    if (!names.empty()) extend(certificate.get(), NID_subject_alt_name, names);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    const Bio text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {pem(certificate.get()), contents(text.get())};
  }

  [[nodiscard]] std::string certificate_pem() const { return pem(certificate_.get()); }

 private:
  using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
  using Certificate = Owned<X509, X509_free>;
  using Bio = Owned<BIO, BIO_free_all>;

  static Certificate blank(const std::string& name, EVP_PKEY* key) {
    static long serial = 1;
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
  }

  static void extend(X509* certificate, int kind, const std::string& value) {
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension.get(), -1);
  }

  static std::string contents(BIO* text) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(text, &data);
    return {data, static_cast<std::size_t>(size)};
  }

  static std::string pem(X509* certificate) {
    const Bio text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), certificate);
    return contents(text.get());
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace gthulhu::net
