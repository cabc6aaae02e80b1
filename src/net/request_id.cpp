// SPDX-License-Identifier: Apache-2.0
#include "net/request_id.h"

#include <algorithm>
#include <array>

namespace gthulhu::net {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string new_request_id_prefix(Random& random) {
  std::array<std::byte, 6> bytes{};
  random.fill(bytes);
  std::string prefix;
  for (const std::byte byte : bytes) {
    prefix += digits[std::to_integer<unsigned>(byte >> 4U)];
    prefix += digits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return prefix;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '`' && c != '\\';
  });
}

std::string RequestIds::next() {
  constexpr std::size_t length = 12;
  std::string id = prefix_;
  id.resize(prefix_.size() + length);
  std::uint64_t number = ++made_;
  for (std::size_t i = 1; i <= length; ++i) {
    id[id.size() - i] = digits[number & 15U];
    number >>= 4U;
  }
  return id;
}

std::string RequestIds::of(const Headers& headers) {
  const std::string* given = headers.find("X-Request-ID");
  return given != nullptr && is_request_id(*given) ? *given : next();
}

}  // namespace gthulhu::net
