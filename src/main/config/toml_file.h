// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "main/config/given_value.h"

namespace gthulhu {

struct TomlEntry {
  std::string key;    // in lower case, sections joined by dots
  std::string where;  // "manager_config.toml:3:1", of the key
  GivenValue value;
};

// The keys of a TOML 1.0 document in the order of the text. Errc::invalid_argument for what is not
// TOML, with file, line and column; the message repeats nothing of the text longer than two
// letters, since it may be a secret.
Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& path);

}  // namespace gthulhu
