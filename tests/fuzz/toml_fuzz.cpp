// SPDX-License-Identifier: Apache-2.0
//
// Configuration files, against what main/config/toml_file.h promises: above all that no error
// repeats a secret, wherever in the file it stands.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "main/config/toml_file.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

constexpr std::string_view secret = "s3cRe7";

void check(const std::string& text) {
  const auto entries = parse_toml(text, "f.toml");
  if (!entries) {
    CHECK(entries.error().code == Errc::invalid_argument);
    CHECK(entries.error().message.starts_with("f.toml:"));
    CHECK(entries.error().text().find(secret) == std::string::npos);
    return;
  }
  for (const TomlEntry& entry : *entries) {
    CHECK(entry.key == to_lower(entry.key));
    CHECK(entry.where.starts_with("f.toml:"));
  }
  // A comment and blank lines at the end say nothing.
  const auto again = parse_toml(text + "\n\n# end\n", "f.toml");
  CHECK(again.has_value());
  CHECK(again->size() == entries->size());
}

}  // namespace

void try_input(std::string_view input) {
  const std::string text(input);
  check(text);
  // The secret in place of each '@'; without one, behind the first "=".
  std::string with_secret;
  const char mark = text.find('@') == std::string::npos ? '=' : '@';
  for (const char c : text) {
    if (c != mark || mark == '=') with_secret += c;
    if (c == mark) with_secret += secret;
  }
  check(with_secret);
}

}  // namespace gthulhu::fuzz
