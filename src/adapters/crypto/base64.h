// SPDX-License-Identifier: Apache-2.0
//
// Base64 without padding, in the two alphabets of RFC 4648: "url" for JWT (section 5), "standard"
// for password hashes (section 4). Decoding takes exactly what encoding makes: no padding, no
// blanks, no unused bits that are set, so that one value has one text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gthulhu {

enum class Base64 : std::uint8_t { standard, url };

std::string encode_base64(Base64 alphabet, std::string_view bytes);
std::optional<std::string> decode_base64(Base64 alphabet, std::string_view text);

}  // namespace gthulhu
