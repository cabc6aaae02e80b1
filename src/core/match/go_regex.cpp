// SPDX-License-Identifier: Apache-2.0
#include "core/match/go_regex.h"

#include <algorithm>

namespace gthulhu {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Bytes of the character class that begins `text`; all of it when the class is not closed.
std::size_t class_length(std::string_view text) {
  std::size_t i = 1;
  if (i < text.size() && text[i] == '^') ++i;
  if (i < text.size() && text[i] == ']') ++i;  // the first one stands for itself
  while (i < text.size() && text[i] != ']') {
    if (text[i] == '\\') {
      i += 2;
    } else if (text.substr(i).starts_with("[:")) {
      const auto end = text.find(":]", i + 2);
      i = end == std::string_view::npos ? i + 1 : end + 2;
    } else {
      ++i;
    }
  }
  return std::min(i + 1, text.size());
}

// Bytes of the escape that begins `text`: \Q…\E as a whole, else two.
std::size_t escape_length(std::string_view text) {
  if (!text.starts_with("\\Q")) return std::min<std::size_t>(2, text.size());
  const auto end = text.find("\\E", 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

// Bytes of `(?<` or `(?P<` at the beginning of `text`; 0 when there is none. Look-behind, which
// neither knows, is left to RE2 to refuse.
std::size_t name_start(std::string_view text) {
  if (text.starts_with("(?P<")) return 4;
  const bool is_look_behind = text.starts_with("(?<=") || text.starts_with("(?<!");
  return text.starts_with("(?<") && !is_look_behind ? 3 : 0;
}

Result<> check_group_name(std::string_view name) {
  if (std::ranges::all_of(name, is_word)) return {};
  return Error{Errc::invalid_argument,
               "names of groups are letters, digits and '_', not \"" + std::string(name) + "\"",
               ""};
}

}  // namespace

Result<std::string> re2_form_of_go_regex(std::string_view text) {
  std::string form;
  form.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 1;
    if (text.front() == '\\') {
      if (text.starts_with("\\C")) {
        return Error{Errc::invalid_argument, "\\C (a single byte) is not supported", ""};
      }
      length = escape_length(text);
    } else if (text.front() == '[') {
      length = class_length(text);
    } else if (const std::size_t start = name_start(text); start > 0) {
      TRY(check_group_name(text.substr(start, text.find('>') - start)));
      form += "(?P<";
      text.remove_prefix(start);
      continue;
    }
    form += text.substr(0, length);
    text.remove_prefix(length);
  }
  return form;
}

}  // namespace gthulhu
