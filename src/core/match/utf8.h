// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gthulhu {

// `text` with one U+FFFD in place of each byte that is not part of a valid UTF-8 sequence
// (RFC 3629; no surrogates, no overlong forms), as Go's range over a string reads it.
std::string valid_utf8(std::string_view text);

}  // namespace gthulhu
