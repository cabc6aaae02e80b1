// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace gthulhu {

// Which end of a node link a certificate is for. The one who calls cannot be taken for the one who
// is called: a decision maker's certificate opens no other decision maker.
enum class LinkEnd : std::uint8_t { caller, called };

// What stands in a certificate. There is at least one.
struct CertificateNames {
  std::vector<std::string> uris = {};   // "node:worker-1"
  std::vector<std::string> hosts = {};  // names, or numbers of IP addresses
};

struct IssuedCertificate {
  std::string pem;
  TimePoint expires;
};

// Signs certificates of the node links. Threads: all functions from anywhere.
class CertificateIssuer {
 public:
  virtual ~CertificateIssuer() = default;

  // The SHA-256 of the public key of a request (PKCS#10, PEM). Errc::invalid_argument when it is no
  // request, or not signed with the key that it names: whoever made it has the private half.
  virtual Result<Digest> key_of(std::string_view request_pem) const = 0;

  // Good from some minutes before `now`, so that a clock that is late takes it too. The names of
  // the request itself do not count. Errors as of key_of(), and Errc::invalid_argument for names
  // that cannot stand in a certificate.
  virtual Result<IssuedCertificate> issue(std::string_view request_pem,
                                          LinkEnd end,
                                          const CertificateNames& names,
                                          std::chrono::seconds lifetime,
                                          TimePoint now) = 0;

  // The certificate that leads to all of them.
  [[nodiscard]] virtual const std::string& ca_pem() const = 0;
};

}  // namespace gthulhu
