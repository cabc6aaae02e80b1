// SPDX-License-Identifier: Apache-2.0
#include "net/listen_address.h"

#include "base/text.h"

namespace gthulhu::net {
namespace {

Error refused(std::string_view text, std::string_view why) {
  return {Errc::invalid_argument,
          "\"" + std::string(text) + "\" is not a listen address: " + std::string(why) +
              "; write HOST:PORT, for example \":8081\", \"127.0.0.1:8081\" or \"[::1]:8081\"",
          ""};
}

}  // namespace

std::string ListenAddress::text() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return refused(text, "the closing bracket is missing");
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return refused(text, "there is nothing between the brackets");
  } else if (host.find(':') != std::string_view::npos) {
    return refused(text, "an IPv6 address goes into brackets");
  }
  if (host.find_first_of("[]/ \t") != std::string_view::npos) {
    return refused(text, "the host holds a character that no host name has");
  }
  if (digits.empty()) return refused(text, "the port is missing");
  const auto port = parse_number<std::uint16_t>(digits);
  if (!port) return refused(text, "the port is not a number from 0 to 65535");
  return ListenAddress{std::string(host), *port};
}

}  // namespace gthulhu::net
