// SPDX-License-Identifier: Apache-2.0
//
// Where settings come from, before anybody looks at their types: file, variables, flags.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "main/config/given_value.h"
#include "main/config/load.h"

namespace gthulhu {

// The names that a program knows, for both its file and its variables.
struct KnownNames {
  struct Key {
    std::string_view name;
    std::string_view plain_variable;  // may be empty
  };
  std::vector<Key> keys;
  std::string_view variables;                // "MANAGER_"
  std::string_view file_name;                // "manager_config"
  std::vector<std::string_view> other_keys;  // of the other program, for better errors
  std::string_view other_program;            // "decision maker"
};

struct Assignment {
  std::string key;  // a known one
  std::string where;
  GivenValue value;
};

struct GivenSettings {
  std::string file;                     // empty: none was found, and none was asked for
  std::vector<Assignment> assignments;  // the later wins
  std::vector<std::string> problems;    // each a reason to refuse the whole
  std::vector<std::string> warnings;
};

// Errors as of load_manager_config(), except for what `problems` holds.
Result<GivenSettings> gather_settings(const LoadOptions& options, const KnownNames& known);

}  // namespace gthulhu
