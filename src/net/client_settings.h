// SPDX-License-Identifier: Apache-2.0
//
// What a Channel or a Client is told: its server, how to trust it, and requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/limits.h"

namespace gthulhu::net {

class ClientIdentity;

// A server, as its users write it.
struct ServerUrl {
  bool tls = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string path;  // put before each target; without '/' at its end

  [[nodiscard]] std::string authority() const;  // "[::1]:8081"
  bool operator==(const ServerUrl&) const = default;
};

// "http://host:port", "https://host/below"; ports 80 and 443 if there is none.
// Errc::invalid_argument with what is wrong and an example.
Result<ServerUrl> parse_server_url(std::string_view text);

struct ClientSettings {
  std::string url;
  // Only https. Whose certificates are trusted: a file, else PEM text, else the system's roots.
  std::string ca_file;
  std::string ca_pem;
  std::string certificate_pem;  // of its own, for servers that want one
  std::string private_key_pem;
  std::string server_name;     // expected in the certificate, when not the host of the URL
  std::string proxy_url = {};  // of a proxy: http:// or socks5://; empty: none
  // When set, the certificate must have exactly this URI among its subject alternative names
  // ("node:n1"), and no host name is looked for: addresses change, identities do not. Only https.
  std::string server_uri = {};
  // In place of CA, certificate and key: read once for many clients that trust and show the same.
  std::shared_ptr<const ClientIdentity> identity = {};
  // Asks for answers packed with gzip and unpacks them, errors too; their headers stay as they
  // came. What is packed otherwise, damaged, cut short or followed by something is Errc::corrupt.
  bool accept_gzip = false;
  ClientLimits limits = {};
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, percent-encoded
  Headers headers = {};      // Host and Content-Length are written by the client
  std::string body = {};
};

// Takes the next piece of a body; false: no more is wanted. The first is empty: a body follows.
using BodySink = std::function<bool(std::string_view piece)>;

struct StreamTimeouts {
  std::chrono::milliseconds head;  // from the request to the answer's head
  std::chrono::milliseconds idle;  // from one piece of the body to the next
};

}  // namespace gthulhu::net
