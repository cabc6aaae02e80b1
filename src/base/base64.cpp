// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <array>

namespace gthulhu {
namespace {

constexpr std::string_view digits_of(Base64 alphabet) {
  return alphabet == Base64::url
             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> values_of(Base64 alphabet) {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  std::uint8_t value = 0;
  for (const char digit : digits_of(alphabet)) values[static_cast<unsigned char>(digit)] = value++;
  return values;
}

constexpr auto standard_values = values_of(Base64::standard);
constexpr auto url_values = values_of(Base64::url);

}  // namespace

std::string encode_base64(Base64 alphabet, std::string_view bytes) {
  const std::string_view digits = digits_of(alphabet);
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char byte : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(byte);
    for (held += 8; held >= 6; held -= 6) text += digits[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) text += digits[(bits << (6 - held)) & 63U];
  return text;
}

std::optional<std::string> decode_base64(Base64 alphabet, std::string_view text) {
  const auto& values = alphabet == Base64::url ? url_values : standard_values;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char digit : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(digit)];
    if (value == no_digit) return std::nullopt;
    bits = (bits << 6U) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xffU);
  }
  const std::uint32_t unused = bits & ((1U << held) - 1U);
  if (held == 6 || unused != 0) return std::nullopt;
  return bytes;
}

std::string encode_padded_base64(std::string_view bytes) {
  std::string text = encode_base64(Base64::standard, bytes);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> decode_padded_base64(std::string_view text) {
  std::string digits(text);
  std::erase_if(digits, [](char letter) { return letter == '\n' || letter == '\r'; });
  if (digits.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.pop_back();
  return decode_base64(Base64::standard, digits);
}

}  // namespace gthulhu
