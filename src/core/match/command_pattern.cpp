// SPDX-License-Identifier: Apache-2.0
#include "core/match/command_pattern.h"

#include <re2/re2.h>

#include "base/text.h"
#include "core/match/go_regex.h"
#include "core/match/utf8.h"

namespace gthulhu {

namespace {

Error invalid(std::string_view field, std::string_view why) {
  return Error{Errc::invalid_argument, std::string(field) + " " + std::string(why), "",
               std::string(field)};
}

}  // namespace

Result<CommandPattern> CommandPattern::parse(std::string text,
                                             std::string_view field,
                                             CommandMatch match) {
  CommandPattern pattern;
  if (text.empty()) return pattern;
  if (count_characters(text) > longest_text) {
    return invalid(field, "must have at most " + std::to_string(longest_text) + " characters");
  }
  const Result<std::string> form = re2_form_of_go_regex(text);
  if (!form) {
    return invalid(field, "is not a valid regular expression: " + valid_utf8(form.error().message));
  }

  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(static_cast<std::int64_t>(largest_compiled));
  options.set_never_capture(true);  // only "does it match" is asked
  auto compiled = std::make_shared<const re2::RE2>(*form, options);
  if (!compiled->ok()) {
    return invalid(field, "is not a valid regular expression: " + valid_utf8(compiled->error()));
  }
  pattern.text_ = std::move(text);
  pattern.match_ = match;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool CommandPattern::matches(std::string_view command) const {
  if (compiled_ == nullptr) return true;
  return re2::RE2::PartialMatch(valid_utf8(command), *compiled_);
}

}  // namespace gthulhu
