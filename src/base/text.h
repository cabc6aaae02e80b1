// SPDX-License-Identifier: Apache-2.0
//
// Small operations on text that the standard library of C++20 lacks.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gthulhu {

// "a,,b" at ',' is {"a", "", "b"}; the empty text is {""}.
std::vector<std::string_view> split(std::string_view text, char separator);

// Without blanks, tabs and line ends on both sides.
std::string_view trim(std::string_view text);

std::string join(std::span<const std::string> parts, std::string_view separator);

std::string to_lower(std::string_view text);

// Of UTF-8: how many code points.
std::size_t count_characters(std::string_view text);

std::string to_hex(std::span<const std::byte> bytes);

// The candidate that needs the fewest changed, added or dropped characters to become `word`,
// for "did you mean"; nothing when even the best differs in more than a third of its letters.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// The whole text as a decimal number; nothing when any of it is something else or it does not fit.
template <std::integral Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace gthulhu
