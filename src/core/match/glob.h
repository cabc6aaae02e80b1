// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gthulhu {

// A pattern over cgroup paths, which must match the whole path:
//   *       any number of characters of one component
//   **      any number of characters, '/' too; "**/" as a whole component also none
//   ?       one character (byte), not '/'
//   [a-z_]  one of these, not '/'; [!a-z] or [^a-z] one of the others
// Everything else stands for itself, the backslash too, since systemd puts it into names; write
// [*] for a star. Matching takes time linear in the path for a given pattern.
//
// A value. Threads: const functions from anywhere.
class Glob {
 public:
  static constexpr std::size_t longest_text = 1'024;  // characters

  // Errc::invalid_argument; the message begins with `field`. A pattern begins with '/' or "**",
  // as no path could match another.
  static Result<Glob> parse(std::string text, std::string_view field);

  [[nodiscard]] bool matches(std::string_view path) const;
  [[nodiscard]] const std::string& text() const { return text_; }

  bool operator==(const Glob& other) const { return text_ == other.text_; }

 private:
  enum class Kind : std::uint8_t { character, set, star, double_star, components };
  using Set = std::bitset<256>;
  struct Token {
    Kind kind;
    char character;   // of Kind::character
    std::size_t set;  // of Kind::set: index into sets_
  };
  using States = std::vector<bool>;

  Result<std::size_t> add_set(std::string_view rest, std::string_view field);
  void enter(States& states, std::size_t state) const;
  void step(const States& from, States& to, char c) const;

  std::string text_;
  std::vector<Token> tokens_;
  std::vector<Set> sets_;
};

}  // namespace gthulhu
