// SPDX-License-Identifier: Apache-2.0
//
// Base64 in the two alphabets of RFC 4648, without padding: "url" for JWT (section 5), "standard"
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

// The standard alphabet with padding, as in headers of HTTP and in what Kubernetes writes. Line
// ends within are skipped when decoding; nothing for anything else that encoding would not make.
std::string encode_padded_base64(std::string_view bytes);
std::optional<std::string> decode_padded_base64(std::string_view text);

}  // namespace gthulhu
