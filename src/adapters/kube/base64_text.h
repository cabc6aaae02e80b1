// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gthulhu {

// Base64 with padding (RFC 4648 section 4), as Kubernetes has bytes in YAML and JSON. Line ends
// within are skipped when decoding; nothing for anything else that encoding would not make.
std::string to_base64_text(std::string_view bytes);
std::optional<std::string> from_base64_text(std::string_view text);

}  // namespace gthulhu
