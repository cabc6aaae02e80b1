// SPDX-License-Identifier: Apache-2.0
//
// TLS contexts of Asio out of PEM texts. For sources of net only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/tls.h"

namespace gthulhu::net {

using TlsContext = boost::asio::ssl::context;

// Errc::invalid_argument with the name of the part that cannot be used.
Result<std::unique_ptr<TlsContext>> server_tls(const TlsSettings& settings);

// What a client trusts and shows.
struct ClientTls {
  std::string ca_pem;           // empty: the roots of the system
  std::string certificate_pem;  // empty: no certificate of its own
  std::string private_key_pem;
};
Result<std::unique_ptr<TlsContext>> client_tls(const ClientTls& settings);

// Whether exactly this URI is among the subject alternative names.
bool has_uri(const X509* certificate, std::string_view uri);

// Null when the peer showed none.
std::shared_ptr<const PeerCertificate> peer_certificate(SSL* session);

}  // namespace gthulhu::net
