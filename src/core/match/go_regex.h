// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// A regex of Go's regexp/syntax in the form that RE2 20220601 understands: `(?<name>` becomes
// `(?P<name>`. Errc::invalid_argument for what RE2 takes and Go does not: `\C`, and names of
// groups beyond [A-Za-z0-9_]. Whether the rest is a legal regex, RE2 says.
Result<std::string> re2_form_of_go_regex(std::string_view text);

}  // namespace gthulhu
