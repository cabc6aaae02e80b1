// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gthulhu {

// A list in one column: ["a","b"].
std::string to_column(const std::vector<std::string>& texts);
// Errc::corrupt for anything but a list of texts; the message begins with `column`.
Result<std::vector<std::string>> from_column(std::string_view text, std::string_view column);

// The same for lists of names that are no plain strings.
template <class Named>
std::string names_to_column(const std::vector<Named>& names) {
  std::vector<std::string> texts;
  for (const Named& name : names) texts.push_back(name.str());
  return to_column(texts);
}
template <class Named>
Result<std::vector<Named>> names_from_column(std::string_view text, std::string_view column) {
  std::vector<Named> names;
  for (std::string& name : TRY(from_column(text, column))) names.emplace_back(std::move(name));
  return names;
}

}  // namespace gthulhu
