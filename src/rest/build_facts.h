// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gthulhu::rest {

// What this program was built from and with.
struct BuildFacts {
  std::string_view version;   // "0.1.0"
  std::string_view commit;    // "1a2b3c4d5e6f", or "unknown" when the sources were no repository
  std::string_view compiler;  // "clang 19.1.7"
};
BuildFacts build_facts();

}  // namespace gthulhu::rest
