// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/ports/certificates.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace gthulhu {

// The authority of the node links: certificates as in RFC 5280, ECDSA P-256 with SHA-256.
// Threads: as the port says.
class LinkAuthority : public CertificateIssuer {
 public:
  struct Pair {
    std::string certificate_pem;
    std::string key_pem;
  };
  // A new one, good for ten years.
  static Result<Pair> make(Random& random, TimePoint now);

  // Errc::invalid_argument when they are no authority or do not belong together. `random` outlives
  // it.
  static Result<std::unique_ptr<LinkAuthority>> open(const Pair& pair, Random& random);
  ~LinkAuthority() override;

  Result<Digest> key_of(std::string_view request_pem) const override;
  Result<IssuedCertificate> issue(std::string_view request_pem,
                                  LinkEnd end,
                                  const CertificateNames& names,
                                  std::chrono::seconds lifetime,
                                  TimePoint now) override;
  [[nodiscard]] const std::string& ca_pem() const override;

 private:
  struct Parts;
  explicit LinkAuthority(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

// When a certificate ends. Errc::invalid_argument when it is none.
Result<TimePoint> certificate_end(const std::string& pem);

}  // namespace gthulhu
