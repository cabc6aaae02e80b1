// SPDX-License-Identifier: Apache-2.0
//
// The end that wants a certificate: a P-256 key of its own, and a request for it (PKCS#10, RFC
// 2986). The private half never leaves this end.
#pragma once

#include <string>

#include "base/result.h"

namespace gthulhu {

// PKCS#8, PEM.
Result<std::string> make_link_key();

// Errc::invalid_argument when it is no such key.
Result<std::string> make_certificate_request(const std::string& key_pem);

}  // namespace gthulhu
