// SPDX-License-Identifier: Apache-2.0
#include "base/environment.h"

namespace gthulhu {

Environment environment_of(const char* const* variables) {
  Environment environment;
  for (const char* const* next = variables; *next != nullptr; ++next) {
    const std::string_view text = *next;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

}  // namespace gthulhu
