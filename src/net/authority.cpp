// SPDX-License-Identifier: Apache-2.0
#include "net/authority.h"

#include "base/text.h"

namespace gthulhu::net {
namespace {

Error refused(std::string why) {
  return {Errc::invalid_argument, std::move(why), ""};
}

}  // namespace

std::string Authority::text() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Authority> parse_authority(std::string_view text, std::uint16_t default_port) {
  Authority authority{.host = "", .port = default_port};
  const auto bracket = text.rfind(']');
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port || *port == 0) return refused("the port is not a number from 1 to 65535");
    authority.port = *port;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return refused("the closing bracket is missing");
    text = text.substr(1, text.size() - 2);
  } else if (text.find(':') != std::string_view::npos) {
    return refused("an IPv6 address goes into brackets");
  }
  if (text.empty()) return refused("the host is missing");
  authority.host = text;
  return authority;
}

}  // namespace gthulhu::net
