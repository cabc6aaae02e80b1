// SPDX-License-Identifier: Apache-2.0
//
// Where a server listens, as configuration files and flags write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu::net {

struct ListenAddress {
  std::string host;        // name or number without brackets; empty: all addresses of the machine
  std::uint16_t port = 0;  // 0: any free one

  // ":8081", "127.0.0.1:80", "[::1]:80"
  [[nodiscard]] std::string text() const;
  bool operator==(const ListenAddress&) const = default;
};

// "HOST:PORT", ":PORT", "[IPV6]:PORT". Errc::invalid_argument with what is wrong and an example.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace gthulhu::net
