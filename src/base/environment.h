// SPDX-License-Identifier: Apache-2.0
//
// Environment variables as a value, so that nothing but main reads the real ones.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gthulhu {

using Environment = std::map<std::string, std::string, std::less<>>;

// Of the "NAME=value" texts of environ(7); the first of a name counts, as for getenv(3).
Environment environment_of(const char* const* variables);

// Empty when there is none.
std::string variable(const Environment& environment, std::string_view name);

}  // namespace gthulhu
