// SPDX-License-Identifier: Apache-2.0
//
// The part of a URL that says where: "host:port", "[::1]:80".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu::net {

struct Authority {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;
};

// Errc::invalid_argument; its message says why and repeats nothing of the text.
Result<Authority> parse_authority(std::string_view text, std::uint16_t default_port);

}  // namespace gthulhu::net
