// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/base64_text.h"

#include <cstdint>

namespace gthulhu {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64_text(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char byte : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(byte);
    for (held += 8; held >= 6; held -= 6) text += digits[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) text += digits[(bits << (6 - held)) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> from_base64_text(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  unsigned padding = 0;
  for (const char letter : text) {
    if (letter == '\n' || letter == '\r') continue;
    if (letter == '=') {
      ++padding;
      continue;
    }
    const auto digit = digits.find(letter);
    if (digit == std::string_view::npos || padding > 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xffU);
  }
  // Four bits are left over after one byte of the last three, two after two of them.
  const unsigned expected_padding = held / 2;
  const std::uint32_t unused = bits & ((1U << held) - 1U);
  if (held == 6 || padding != expected_padding || unused != 0) return std::nullopt;
  return bytes;
}

}  // namespace gthulhu
