// SPDX-License-Identifier: Apache-2.0
#include "net/authority.h"
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
  return Authority{host, port}.text();
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

  auto where = parse_authority(rest, url.tls ? 443 : 80);
  if (!where) return refused(text, where.error().message);
  url.host = std::move(where->host);
  url.port = where->port;
  return url;
}

}  // namespace gthulhu::net
