// SPDX-License-Identifier: Apache-2.0
//
// What users write to select things: command regexes, globs over cgroup paths, filters of lists.
// The first line of an input is the pattern, the rest is what it is held against.
#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "core/match/command_pattern.h"
#include "core/match/glob.h"
#include "core/match/list_filter.h"
#include "core/match/utf8.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

void check_utf8(const std::string& text) {
  const std::string valid = valid_utf8(text);
  CHECK(valid_utf8(valid) == valid);
  CHECK(count_characters(valid) >= count_characters(text));
}

void check_refused(const Error& error, std::string_view field) {
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.field == field);
  CHECK(error.message.starts_with(field));
  CHECK(valid_utf8(error.message) == error.message || field != "commandRegex");
}

void check_regex(const std::string& text, const std::string& command) {
  const auto pattern = CommandPattern::parse(text);
  if (!pattern) return check_refused(pattern.error(), "commandRegex");
  CHECK(pattern->text() == text);
  CHECK(count_characters(text) <= CommandPattern::longest_text);
  CHECK(CommandPattern::parse(text) == *pattern);
  const bool is_match = pattern->matches(command);
  CHECK(pattern->matches(valid_utf8(command)) == is_match);
  CHECK(is_match || !pattern->matches_everything());
}

// Text in quotation is itself.
void check_quoted(const std::string& text) {
  constexpr std::size_t enough = 64;
  if (text.size() > enough || valid_utf8(text) != text) return;
  if (text.find('\\') != std::string::npos) return;
  const auto pattern = CommandPattern::parse("^\\Q" + text + "\\E$");
  CHECK(pattern.has_value());
  CHECK(pattern->matches(text));
  CHECK(!pattern->matches(text + "x"));
}

// Whether the set of a glob that begins `set` with '[' has the letter; `length`: of its text.
bool set_has(std::string_view set, char letter, std::size_t& length) {
  std::size_t i = 1;
  const bool is_negated = set[i] == '!' || set[i] == '^';
  if (is_negated) ++i;
  bool has = false;
  for (bool is_first = true; is_first || set[i] != ']'; is_first = false, ++i) {
    const auto least = static_cast<unsigned char>(set[i]);
    if (set[i + 1] == '-' && set[i + 2] != ']') i += 2;
    const auto code = static_cast<unsigned char>(letter);
    has = has || (least <= code && code <= static_cast<unsigned char>(set[i]));
  }
  length = i + 1;
  return has != is_negated && letter != '/';
}

// The rules of core/match/glob.h as plain recursion: slow, and without states. Row r of `known`
// says of the rest of the path from r whether the rest of the glob matches it.
using Row = std::vector<bool>;

Row rows_of_glob(std::string_view glob, std::string_view path, bool begins_component) {
  Row row(path.size() + 1);
  if (glob.empty()) {
    row.back() = true;
    return row;
  }
  const bool is_any_component = begins_component && glob.starts_with("**/");
  const std::size_t stars = std::min(glob.find_first_not_of('*'), glob.size());
  std::size_t length = is_any_component ? 3 : std::max<std::size_t>(stars, 1);
  if (stars == 0 && glob.front() == '[') set_has(glob, 'x', length);
  const Row rest = rows_of_glob(glob.substr(length), path, glob[length - 1] == '/');
  for (std::size_t r = path.size() + 1; r-- > 0;) {
    const bool has_letter = r < path.size();
    if (is_any_component) {
      // Nothing, or what ends with a '/'.
      row[r] = rest[r];
      for (std::size_t end = r; end < path.size() && !row[r]; ++end) {
        row[r] = path[end] == '/' && rest[end + 1];
      }
    } else if (stars > 0) {
      row[r] = rest[r] || (has_letter && (stars > 1 || path[r] != '/') && row[r + 1]);
    } else if (has_letter) {
      const bool is_set = glob.front() == '[';
      const bool fits = is_set                ? set_has(glob, path[r], length)
                        : glob.front() == '?' ? path[r] != '/'
                                              : path[r] == glob.front();
      row[r] = fits && rest[r + 1];
    }
  }
  return row;
}

void check_glob(const std::string& text, const std::string& path) {
  const auto glob = Glob::parse(text, "cgroupPaths[0]");
  if (!glob) return check_refused(glob.error(), "cgroupPaths[0]");
  CHECK(glob->text() == text);
  constexpr std::size_t enough = 100;  // the slow form is cubic
  if (text.size() > enough || path.size() > enough) return;
  CHECK(glob->matches(path) == rows_of_glob(text, path, true)[0]);
}

void check_filter(const std::string& text, const std::string& item) {
  static constexpr std::array<std::string_view, 2> fields{"ns", "name"};
  const auto filter = ListFilter::parse(text, fields);
  if (!filter) {
    CHECK(filter.error().code == Errc::invalid_argument);
    CHECK(filter.error().message.starts_with("filter "));
    return;
  }
  const Labels labels{{"app", item}};
  const FilterItem looked_at{[&](std::string_view field) {
                               CHECK(field == "ns" || field == "name");
                               return std::vector<std::string>{item};
                             },
                             LabelView(labels),
                             {item}};
  const bool is_accepted = filter->accepts(looked_at);
  CHECK(filter->accepts(looked_at) == is_accepted);
  if (trim(text).empty() && text.find_first_not_of(' ') == std::string::npos) CHECK(is_accepted);
}

}  // namespace

void try_input(std::string_view input) {
  const auto end = input.find('\n');
  const std::string pattern(input.substr(0, end));
  const std::string held(end == std::string_view::npos ? "" : input.substr(end + 1));
  check_utf8(pattern);
  check_regex(pattern, held);
  check_quoted(held);
  check_glob(pattern, held);
  check_filter(pattern, held);
}

}  // namespace gthulhu::fuzz
