// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4) as a value.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gthulhu {

struct Digest {
  std::array<std::byte, 32> bytes{};

  [[nodiscard]] std::string hex() const;
  auto operator<=>(const Digest&) const = default;
};

// Of 64 hexadecimal digits in lower case; nothing for other texts.
std::optional<Digest> parse_digest(std::string_view hex);

Digest sha256(std::string_view text);

// SHA-256 with a memory of one text: who asks for the same text again pays for a comparison. Long
// texts are not remembered, so that nobody can fill memory with them. Threads: one at a time.
class RememberingSha256 {
 public:
  Digest of(std::string_view text);

 private:
  struct Known {
    std::string text;
    Digest digest;
  };
  std::unique_ptr<const Known> known_;
};

// SHA-256 of the raw bytes of `left` followed by those of `right`.
Digest sha256_of_pair(const Digest& left, const Digest& right);

}  // namespace gthulhu
