// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/pem_text.h"

#include <openssl/err.h>

namespace gthulhu {

namespace {

using Bio = Owned<BIO, BIO_free_all>;

constexpr std::size_t longest_pem = 64UL * 1024;

// Instead of a question on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Error refusal(const char* what) {
  ERR_clear_error();  // its queue is per thread, and would confuse the next call
  return {Errc::invalid_argument, what, ""};
}

}  // namespace

Result<LinkKey> parse_link_key(std::string_view pem) {
  if (pem.size() > longest_pem) return refusal("the private key is too long");
  const Bio reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  LinkKey key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) {
    return refusal("not a private key of an elliptic curve: PEM without passphrase wanted");
  }
  return key;
}

Result<LinkCertificate> parse_link_certificate(std::string_view pem) {
  if (pem.size() > longest_pem) return refusal("the certificate is too long");
  const Bio reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  LinkCertificate certificate(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return refusal("not a certificate: PEM wanted");
  return certificate;
}

Result<std::string> private_text(EVP_PKEY* key) {
  return text_of([key](BIO* text) {
    return PEM_write_bio_PKCS8PrivateKey(text, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Result<std::string> text_of(const std::function<int(BIO*)>& write) {
  const Bio text(BIO_new(BIO_s_secmem()));
  char* start = nullptr;
  if (text == nullptr || write(text.get()) != 1) {
    ERR_clear_error();
    return Error{Errc::internal, "OpenSSL could not write PEM", ""};
  }
  const long length = BIO_get_mem_data(text.get(), &start);
  return std::string(start, static_cast<std::size_t>(length));
}

}  // namespace gthulhu
