// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "net/client_settings.h"

namespace gthulhu::net {
namespace {

Error refused(std::string_view text, std::string_view why) {
  return {Errc::invalid_argument,
          "\"" + std::string(text) + "\" is not the URL of a server: " + std::string(why) +
              "; write for example http://127.0.0.1:8081 or https://gthulhu.example",
          ""};
}

}  // namespace

std::string ServerUrl::authority() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ServerUrl> parse_server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refused(text, "it begins neither with http:// nor with https://");
  }
  if (rest.find_first_of("?#@ \t\r\n") != std::string_view::npos) {
    return refused(text, "there is a character in it that has no place there");
  }
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) {
    url.path = rest.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
    rest = rest.substr(0, slash);
  }

  url.port = url.tls ? 443 : 80;
  const auto bracket = rest.rfind(']');
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto port = parse_number<std::uint16_t>(rest.substr(colon + 1));
    if (!port || *port == 0) return refused(text, "the port is not a number from 1 to 65535");
    url.port = *port;
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[')) {
    if (!rest.ends_with(']')) return refused(text, "the closing bracket is missing");
    rest = rest.substr(1, rest.size() - 2);
  } else if (rest.find(':') != std::string_view::npos) {
    return refused(text, "an IPv6 address goes into brackets");
  }
  if (rest.empty()) return refused(text, "the host is missing");
  url.host = rest;
  return url;
}

}  // namespace gthulhu::net
