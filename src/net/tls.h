// SPDX-License-Identifier: Apache-2.0
//
// What a server needs to speak TLS (1.2 or newer).
#pragma once

#include <optional>
#include <string>

namespace gthulhu::net {

struct TlsSettings {
  std::string certificate_pem;  // the leaf first, then what leads to its root
  std::string private_key_pem;
  // When set, only clients with a certificate that leads to one of these get in. Text without a
  // certificate is an error, not an open door.
  std::optional<std::string> client_ca_pem;
};

}  // namespace gthulhu::net
