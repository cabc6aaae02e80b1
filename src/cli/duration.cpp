// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/text.h"

namespace gthulhu {

Result<std::chrono::nanoseconds> parse_duration(std::string_view text, std::string_view field) {
  struct Unit {
    std::string_view suffix;
    std::int64_t nanoseconds;
  };
  // "s" last: the others end with it too.
  constexpr std::array units{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000},
                             Unit{"s", 1'000'000'000}};
  std::string_view number = text;
  std::int64_t factor = 1;
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.suffix)) continue;
    number = trim(text.substr(0, text.size() - unit.suffix.size()));
    factor = unit.nanoseconds;
    break;
  }
  const auto count = parse_number<std::int64_t>(number);
  if (!count || *count < 0 || *count > std::numeric_limits<std::int64_t>::max() / factor) {
    return Error{Errc::invalid_argument,
                 std::string(field) + " must be a duration such as 2ms, 500us or 0, not \"" +
                     std::string(text) + "\"",
                 ""};
  }
  return std::chrono::nanoseconds(*count * factor);
}

}  // namespace gthulhu
