// SPDX-License-Identifier: Apache-2.0
//
// What clients trust and show in TLS, read and understood once for any number of them.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/tls_context.h"

namespace gthulhu::net {

// Lives as long as anybody holds it; connections that were made with it keep it.
//
// Threads: shared by any.
class ClientIdentity {
 public:
  struct Sources {
    // Whose certificates are trusted: a file, else PEM text, else the system's roots.
    std::string ca_file = {};
    std::string ca_pem = {};
    std::string certificate_pem = {};  // empty: no certificate of its own
    std::string private_key_pem = {};
  };
  // Errc::invalid_argument with the file or the part that cannot be used.
  static Result<std::shared_ptr<const ClientIdentity>> create(Sources sources);

  // For sources of net only.
  [[nodiscard]] TlsContext& tls() const { return *tls_; }

 private:
  explicit ClientIdentity(std::shared_ptr<TlsContext> tls) : tls_(std::move(tls)) {}

  std::shared_ptr<TlsContext> tls_;
};

}  // namespace gthulhu::net
