// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/proxy_choice.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace gthulhu {
namespace {

// An address of either family. IPv4 addresses in the form of IPv6 ("::ffff:10.0.0.1") are IPv4.
struct Address {
  std::array<std::uint8_t, 16> bytes{};  // the first 4 of IPv4
  unsigned bits = 0;                     // 32 or 128

  bool operator==(const Address&) const = default;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string name(text.substr(0, text.find('%')));  // without the interface
  Address address;
  if (::inet_pton(AF_INET, name.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (::inet_pton(AF_INET6, name.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.bits = 128;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(address.bytes.data(), mapped.data(), mapped.size()) != 0) return address;
  Address version_4;
  std::memcpy(version_4.bytes.data(), address.bytes.data() + mapped.size(), 4);
  version_4.bits = 32;
  return version_4;
}

// Whether the first `prefix` bits are the same.
bool is_in(const Address& address, const Address& range, unsigned prefix) {
  if (address.bits != range.bits || prefix > range.bits) return false;
  for (unsigned bit = 0; bit < prefix; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if (((address.bytes[bit / 8] ^ range.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool is_own_machine(const std::string& host, const std::optional<Address>& address) {
  if (!address) return host == "localhost";
  const bool is_loopback_4 = address->bits == 32 && address->bytes[0] == 127;
  return is_loopback_4 || address == parse_address("::1");
}

struct HostAndPort {
  std::string_view host;
  std::string_view port;  // empty: any
};

// "host", "host:port", "[::1]", "[::1]:port"; an IPv6 address may come without brackets.
HostAndPort split_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    const std::string_view after = end == text.npos ? "" : text.substr(end + 1);
    return {text.substr(1, end - 1), after.starts_with(':') ? after.substr(1) : ""};
  }
  const auto colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_named_by(std::string_view entry,
                 const std::string& host,
                 const std::optional<Address>& address,
                 std::uint16_t port) {
  if (entry == "*") return true;
  if (const auto slash = entry.find('/'); slash != entry.npos) {
    const auto range = parse_address(entry.substr(0, slash));
    const auto prefix = parse_number<unsigned>(entry.substr(slash + 1));
    return address && range && prefix && is_in(*address, *range, *prefix);
  }
  const HostAndPort named = split_port(entry);
  if (!named.port.empty() && named.port != std::to_string(port)) return false;
  if (address) return parse_address(named.host) == address;
  std::string_view domain = named.host;
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.empty() || domain == ".") return false;
  if (domain.starts_with('.')) return host.ends_with(domain);
  return host == domain || host.ends_with("." + std::string(domain));
}

// The variable's name in capitals counts first, as for kubectl.
struct Variable {
  std::string name;
  std::string value;
};

Variable either(const Environment& environment, const std::string& name) {
  for (const std::string& spelled : {name, to_lower(name)}) {
    std::string value(trim(variable(environment, spelled)));
    if (!value.empty()) return {spelled, value};
  }
  return {};
}

}  // namespace

bool is_proxy_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "socks5://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    // A name and password before the '@' hold what they like.
    const auto at = url.rfind('@');
    if (at != url.npos) url.remove_prefix(at + 1);
    return net::parse_server_url("http://" + std::string(url)).has_value();
  }
  return false;
}

Result<std::string> proxy_for(const net::ServerUrl& server, const Environment& environment) {
  auto [name, proxy] = either(environment, "HTTPS_PROXY");
  if (!server.tls || proxy.empty()) return std::string();
  const std::string host = to_lower(server.host);
  const auto address = parse_address(host);
  if (is_own_machine(host, address)) return std::string();
  const std::string exceptions = to_lower(either(environment, "NO_PROXY").value);
  for (const std::string_view entry : split(exceptions, ',')) {
    if (is_named_by(trim(entry), host, address, server.port)) return std::string();
  }
  if (proxy.find("://") == std::string::npos) proxy = "http://" + proxy;
  if (!is_proxy_url(proxy)) {
    return Error{Errc::invalid_argument,
                 "the environment variable " + name + " " + std::string(proxy_url_wanted) +
                     ", or name " + server.host + " in NO_PROXY",
                 "", name};
  }
  return proxy;
}

}  // namespace gthulhu
