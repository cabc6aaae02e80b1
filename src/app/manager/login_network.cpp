// SPDX-License-Identifier: Apache-2.0
#include "app/manager/login_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <span>

#include "base/text.h"

namespace gthulhu {

std::string login_network(std::string_view address) {
  constexpr std::size_t prefix_bytes = 8;
  if (!address.starts_with('[') || !address.ends_with(']')) return std::string(address);
  const std::string_view whole = address.substr(1, address.size() - 2);
  // "fe80::1%eth0": a link-local address with its zone (RFC 4007 section 11).
  const std::string_view zone = whole.substr(std::min(whole.find('%'), whole.size()));
  const std::string text(whole.substr(0, whole.size() - zone.size()));
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return std::string(address);
  // An IPv4 address that comes to a socket for both.
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return std::string(address);
  return to_hex(std::as_bytes(std::span(parsed.s6_addr)).first(prefix_bytes)) + "/64" +
         std::string(zone);
}

}  // namespace gthulhu
