// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/link_authority.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "adapters/crypto/pem_text.h"

namespace gthulhu {

namespace {

using CertificateRequest = Owned<X509_REQ, X509_REQ_free>;

constexpr std::chrono::minutes clock_difference{5};
constexpr std::chrono::hours authority_lifetime{10L * 365 * 24};
constexpr std::size_t longest_request = 16UL * 1024;
constexpr std::size_t longest_name = 253;

Error failed(const char* what) {
  ERR_clear_error();
  return {Errc::internal, what, ""};
}

Error no_request() {
  ERR_clear_error();
  return {Errc::invalid_argument,
          "request must be a request for a certificate (PKCS#10, PEM) that is signed with its own "
          "key",
          "", "request"};
}

std::time_t seconds_of(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool number(X509* certificate, Random& random) {
  // 20 octets at most, and positive (RFC 5280 4.1.2.2).
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  bytes.front() &= std::byte{0x7f};
  bytes.front() |= std::byte{0x40};
  const Owned<BIGNUM, BN_free> big(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr));
  return BN_to_ASN1_INTEGER(big.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// With everything but issuer, extensions and signature.
Result<LinkCertificate> blank(
    EVP_PKEY* key, const std::string& subject, TimePoint from, TimePoint until, Random& random) {
  LinkCertificate certificate(X509_new());
  const bool is_made =
      certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      number(certificate.get(), random) &&
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds_of(from)) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds_of(until)) != nullptr &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1,
                                 0) == 1 &&
      X509_set_pubkey(certificate.get(), key) == 1;
  if (!is_made) return failed("a certificate could not be made");
  return certificate;
}

Result<CertificateRequest> parse_request(std::string_view pem) {
  if (pem.size() > longest_request) return no_request();
  const Owned<BIO, BIO_free_all> reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificateRequest request(PEM_read_bio_X509_REQ(reader.get(), nullptr, nullptr, nullptr));
  if (request == nullptr) return no_request();
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) return no_request();
  return request;
}

bool fits_in_certificate(const std::string& name) {
  // The text of an extension is a list with commas.
  const auto is_plain = [](char letter) { return letter > ' ' && letter < 0x7f && letter != ','; };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_plain);
}

bool is_address(const std::string& host) {
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address(a2i_IPADDRESS(host.c_str()));
  ERR_clear_error();
  return address != nullptr;
}

Result<std::string> alternative_names(const CertificateNames& names) {
  std::string text;
  const auto add = [&](const char* kind, const std::string& name) -> Result<> {
    if (!fits_in_certificate(name)) {
      return Error{Errc::invalid_argument, "this name cannot stand in a certificate: " + name, ""};
    }
    text += (text.empty() ? "" : ",") + std::string(kind) + name;
    return {};
  };
  for (const std::string& uri : names.uris) TRY(add("URI:", uri));
  for (const std::string& host : names.hosts) TRY(add(is_address(host) ? "IP:" : "DNS:", host));
  if (text.empty()) return Error{Errc::invalid_argument, "a certificate without names", ""};
  return text;
}

}  // namespace

struct LinkAuthority::Parts {
  LinkCertificate certificate;
  LinkKey key;
  std::string pem;
  Random& random;
};

LinkAuthority::LinkAuthority(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LinkAuthority::~LinkAuthority() = default;

Result<LinkAuthority::Pair> LinkAuthority::make(Random& random, TimePoint now) {
  const LinkKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return failed("no key for an authority could be made");
  const LinkCertificate made = TRY(blank(key.get(), "gthulhu node links", now - clock_difference,
                                         now + authority_lifetime, random));
  X509* certificate = made.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  const bool is_signed =
      extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
      extend(certificate, certificate, NID_subject_key_identifier, "hash") &&
      X509_sign(certificate, key.get(), EVP_sha256()) > 0;
  if (!is_signed) return failed("an authority could not be made");
  return Pair{TRY(text_of([&](BIO* text) { return PEM_write_bio_X509(text, certificate); })),
              TRY(private_text(key.get()))};
}

Result<std::unique_ptr<LinkAuthority>> LinkAuthority::open(const Pair& pair, Random& random) {
  LinkCertificate certificate = TRY(parse_link_certificate(pair.certificate_pem));
  LinkKey key = TRY(parse_link_key(pair.key_pem));
  if (X509_check_ca(certificate.get()) != 1) {
    return Error{Errc::invalid_argument, "the certificate is not that of an authority", ""};
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return Error{Errc::invalid_argument, "the authority's key does not belong to its certificate",
                 ""};
  }
  return std::unique_ptr<LinkAuthority>(new LinkAuthority(std::make_unique<Parts>(
      Parts{std::move(certificate), std::move(key), pair.certificate_pem, random})));
}

Result<Digest> LinkAuthority::key_of(std::string_view request_pem) const {
  const CertificateRequest request = TRY(parse_request(request_pem));
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request.get()), &bytes);
  if (size <= 0) return no_request();
  const std::string encoded(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return sha256(encoded);
}

Result<IssuedCertificate> LinkAuthority::issue(std::string_view request_pem,
                                               LinkEnd end,
                                               const CertificateNames& names,
                                               std::chrono::seconds lifetime,
                                               TimePoint now) {
  const CertificateRequest request = TRY(parse_request(request_pem));
  const std::string alternatives = TRY(alternative_names(names));
  const std::string& name = names.uris.empty() ? names.hosts.front() : names.uris.front();
  // A subject has 64 characters at most; who looks at names looks at the alternatives.
  const LinkCertificate made = TRY(blank(X509_REQ_get0_pubkey(request.get()), name.substr(0, 64),
                                         now - clock_difference, now + lifetime, parts_->random));
  X509* certificate = made.get();
  X509* authority = parts_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(authority));
  const char* usage = end == LinkEnd::caller ? "clientAuth" : "serverAuth";
  const bool is_signed =
      extend(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") &&
      extend(certificate, authority, NID_key_usage, "critical,digitalSignature") &&
      extend(certificate, authority, NID_ext_key_usage, usage) &&
      extend(certificate, authority, NID_subject_alt_name, alternatives) &&
      extend(certificate, authority, NID_authority_key_identifier, "keyid") &&
      X509_sign(certificate, parts_->key.get(), EVP_sha256()) > 0;
  if (!is_signed) return failed("a certificate could not be signed");
  return IssuedCertificate{
      TRY(text_of([&](BIO* text) { return PEM_write_bio_X509(text, certificate); })),
      now + lifetime};
}

const std::string& LinkAuthority::ca_pem() const {
  return parts_->pem;
}

Result<TimePoint> certificate_end(const std::string& pem) {
  const LinkCertificate certificate = TRY(parse_link_certificate(pem));
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    ERR_clear_error();
    return Error{Errc::invalid_argument, "a certificate without an end", ""};
  }
  return TimePoint(std::chrono::seconds(::timegm(&end)));
}

}  // namespace gthulhu
