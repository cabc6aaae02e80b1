// SPDX-License-Identifier: Apache-2.0
//
// Keys and certificates of node links as PEM. For sources of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

using LinkKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using LinkCertificate = Owned<X509, X509_free>;

// A private key of an elliptic curve. Errc::invalid_argument for all others.
Result<LinkKey> parse_link_key(std::string_view pem);
Result<LinkCertificate> parse_link_certificate(std::string_view pem);

Result<std::string> private_text(EVP_PKEY* key);
// What one of OpenSSL's PEM_write functions writes; it returns 1 when it could.
Result<std::string> text_of(const std::function<int(BIO*)>& write);

}  // namespace gthulhu
