// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/match/command_match.h"

namespace re2 {
class RE2;
}

namespace gthulhu {

// A command regex: RE2 syntax (https://github.com/google/re2/wiki/Syntax), unanchored,
// case-sensitive; the empty pattern matches every command. Matching takes time linear in the
// command, and both the text and the compiled form are bounded, so that nobody can make a node slow
// with it.
//
// The answers are those of Go's regexp (design F12): `\C` is refused, `(?<name>…)` is taken
// (Go 1.22), names of groups are ASCII, and each invalid byte of a command counts as one U+FFFD.
//
// A value; copies share the compiled form. Threads: const functions from anywhere.
class CommandPattern {
 public:
  static constexpr std::size_t longest_text = 1'024;            // characters
  static constexpr std::size_t largest_compiled = 64UL * 1024;  // bytes, RE2's max_mem

  CommandPattern() = default;  // matches everything

  // Errc::invalid_argument; the message begins with `field` and says what RE2 objects to. For the
  // empty pattern it means nothing what it is matched against, and it is not kept.
  static Result<CommandPattern> parse(std::string text,
                                      std::string_view field = "commandRegex",
                                      CommandMatch match = CommandMatch::comm);

  [[nodiscard]] bool matches(std::string_view command) const;
  [[nodiscard]] bool matches_everything() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] CommandMatch match() const { return match_; }

  bool operator==(const CommandPattern& other) const {
    return text_ == other.text_ && match_ == other.match_;
  }

 private:
  std::string text_;
  CommandMatch match_ = CommandMatch::comm;
  std::shared_ptr<const re2::RE2> compiled_;  // null: matches everything
};

}  // namespace gthulhu
