// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"
#include "net/proxy.h"

namespace gthulhu::net {
namespace {

constexpr std::size_t longest_socks_field = 255;

// Never with the text: there may be a password in it, wherever it stands.
Error refused(std::string_view why) {
  return {Errc::invalid_argument,
          "the URL of the proxy cannot be used: " + std::string(why) +
              "; write for example http://proxy.example:3128 or socks5://proxy.example:1080",
          ""};
}

Result<> read_user(std::string_view text, Proxy& proxy) {
  const auto colon = text.find(':');
  auto user = percent_decode(text.substr(0, colon));
  auto password =
      percent_decode(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) return refused("a % in user or password is not followed by two digits");
  proxy.user = std::move(*user);
  proxy.password = std::move(*password);
  if (proxy.kind == Proxy::Kind::http && proxy.user.find(':') != std::string::npos) {
    return refused("HTTP knows no user with a colon in its name");
  }
  const bool fits =
      proxy.user.size() <= longest_socks_field && proxy.password.size() <= longest_socks_field;
  if (!fits) return refused("user or password is longer than 255 bytes");
  return {};
}

}  // namespace

Result<Proxy> parse_proxy_url(std::string_view text) {
  Proxy proxy;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return refused("it does not say http:// or socks5://");
  const std::string_view scheme = text.substr(0, scheme_end);
  std::string_view rest = text.substr(scheme_end + 3);
  if (scheme == "https") return refused("TLS to the proxy itself (https://) is not supported");
  if (scheme == "socks5" || scheme == "socks5h") {
    proxy.kind = Proxy::Kind::socks5;
  } else if (scheme != "http") {
    return refused("it begins neither with http:// nor with socks5://");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?# \t\r\n") != std::string_view::npos) {
    return refused("there is a character in it that has no place there, or must be encoded");
  }
  const auto at = rest.rfind('@');
  if (at != std::string_view::npos) {
    TRY(read_user(rest.substr(0, at), proxy));
    rest.remove_prefix(at + 1);
  }
  auto where = parse_authority(rest, proxy.kind == Proxy::Kind::http ? 80 : 1080);
  if (!where) return refused(where.error().message);
  proxy.where = std::move(*where);
  return proxy;
}

}  // namespace gthulhu::net
