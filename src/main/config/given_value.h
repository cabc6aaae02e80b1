// SPDX-License-Identifier: Apache-2.0
//
// A value as a file, a variable or a flag gives it, and how it becomes one of the types of
// settings.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gthulhu {

struct GivenValue {
  // What no key takes, such as a date.
  struct Unusable {
    std::string what;
  };
  struct EmptySection {};

  std::variant<std::string, bool, std::int64_t, std::vector<std::string>, Unusable, EmptySection>
      value;
  // From a variable or a flag, where everything is text: "true" is then a boolean and "3" a number.
  bool untyped = false;
};

// Whether it is text of blanks only: for most keys the same as no value.
bool is_blank(const GivenValue& given);

// What a key asks of its value beyond the type.
struct ValueRule {
  std::int64_t least = 0;  // in the unit of the type: hours, seconds
  std::int64_t most = 0;
  bool pem = false;  // the text must hold PEM blocks (RFC 7468)
};

// Both are there for the types that config_key.h lists.

// What the documentation calls the type, with its bounds: "whole hours, 1 to 24".
template <class Value>
std::string describe_type(const ValueRule& rule);

// Errc::invalid_argument; the message says what was expected instead of which value, but repeats no
// value of a type that may hold secrets.
template <class Value>
Result<Value> read_value(const GivenValue& given, const ValueRule& rule);

// Whether a blank text leaves the default alone instead of being a wrong value.
template <class Value>
constexpr bool blank_means_default = true;
template <>
inline constexpr bool blank_means_default<bool> = false;
template <>
inline constexpr bool blank_means_default<std::chrono::hours> = false;

}  // namespace gthulhu
