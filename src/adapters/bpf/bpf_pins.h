// SPDX-License-Identifier: Apache-2.0
//
// Names of what is pinned in a BPF file system.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace gthulhu {

inline constexpr std::string_view map_pin = "map-";
inline constexpr std::string_view link_pin = "link-";
inline constexpr std::string_view program_pin = "program-";

// A BPF file system takes no dots in names, with which those of a program's sections begin.
inline std::string pin_of_map(std::string_view name) {
  std::string pin(map_pin);
  pin += name;
  std::ranges::replace(pin, '.', '_');
  return pin;
}

inline std::string pin_of_program(std::string_view name) {
  return std::string(program_pin).append(name);
}

}  // namespace gthulhu
