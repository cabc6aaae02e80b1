// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/sha.h>

#include <algorithm>

#include "base/text.h"

namespace gthulhu {

namespace {

// Longer than a token with a key of 4096 bits.
constexpr std::size_t longest_remembered = 2048;

}  // namespace

std::string Digest::hex() const {
  return to_hex(bytes);
}

std::optional<Digest> parse_digest(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size()) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const auto high = digits.find(hex[2 * i]);
    const auto low = digits.find(hex[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    digest.bytes.at(i) = static_cast<std::byte>(high << 4U | low);
  }
  return digest;
}

Digest sha256(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.bytes.data()));
  return digest;
}

Digest RememberingSha256::of(std::string_view text) {
  if (known_ != nullptr && known_->text == text) return known_->digest;
  const Digest digest = sha256(text);
  if (text.size() <= longest_remembered) {
    known_ = std::make_unique<const Known>(std::string(text), digest);
  }
  return digest;
}

Digest sha256_of_pair(const Digest& left, const Digest& right) {
  std::array<char, 64> both{};
  const auto as_char = [](std::byte byte) { return static_cast<char>(byte); };
  std::ranges::transform(left.bytes, both.begin(), as_char);
  std::ranges::transform(right.bytes, both.begin() + 32, as_char);
  return sha256({both.data(), both.size()});
}

}  // namespace gthulhu
