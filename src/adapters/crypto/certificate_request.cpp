// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/certificate_request.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "adapters/crypto/pem_text.h"

namespace gthulhu {

Result<std::string> make_link_key() {
  const LinkKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) {
    ERR_clear_error();
    return Error{Errc::internal, "no key for the node link could be made", ""};
  }
  return private_text(key.get());
}

Result<std::string> make_certificate_request(const std::string& key_pem) {
  const LinkKey key = TRY(parse_link_key(key_pem));
  const Owned<X509_REQ, X509_REQ_free> request(X509_REQ_new());
  const bool is_made = request != nullptr &&
                       X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                       X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
                       X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0;
  if (!is_made) {
    ERR_clear_error();
    return Error{Errc::internal, "no request for a certificate could be made", ""};
  }
  return text_of([&](BIO* text) { return PEM_write_bio_X509_REQ(text, request.get()); });
}

}  // namespace gthulhu
