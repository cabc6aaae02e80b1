// SPDX-License-Identifier: Apache-2.0
//
// For tests: texts packed as servers do it.
#pragma once

#include <string>
#include <string_view>

namespace gthulhu::net {

// One member.
std::string gzip_for_test(std::string_view text);

}  // namespace gthulhu::net
