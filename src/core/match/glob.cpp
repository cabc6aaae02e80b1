// SPDX-License-Identifier: Apache-2.0
#include "core/match/glob.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"

namespace gthulhu {

namespace {

std::size_t index_of(char c) {
  return static_cast<std::uint8_t>(c);
}

Error invalid(std::string_view field, std::string_view why) {
  return Error{Errc::invalid_argument, std::string(field) + " " + std::string(why), "",
               std::string(field)};
}

}  // namespace

Result<Glob> Glob::parse(std::string text, std::string_view field) {
  if (count_characters(text) > longest_text) {
    return invalid(field, "must have at most " + std::to_string(longest_text) + " characters");
  }
  if (!text.starts_with('/') && !text.starts_with("**")) {
    return invalid(field, "must begin with '/' or '**'");
  }
  Glob glob;
  glob.text_ = std::move(text);
  for (std::string_view rest = glob.text_; !rest.empty();) {
    const bool begins_component = rest.size() == glob.text_.size() || *(rest.data() - 1) == '/';
    std::size_t length = 1;
    Token token{Kind::character, rest.front(), 0};
    if (begins_component && rest.starts_with("**/")) {
      token.kind = Kind::components;
      length = 3;
    } else if (rest.starts_with('*')) {
      length = std::min(rest.find_first_not_of('*'), rest.size());
      token.kind = length > 1 ? Kind::double_star : Kind::star;
    } else if (rest.starts_with('?')) {
      token.kind = Kind::set;
      token.set = glob.sets_.size();
      glob.sets_.push_back(Set().set().reset('/'));
    } else if (rest.starts_with('[')) {
      token.kind = Kind::set;
      token.set = glob.sets_.size();
      length = TRY(glob.add_set(rest, field));
    }
    glob.tokens_.push_back(token);
    rest.remove_prefix(length);
  }
  return glob;
}

// `rest` begins with '['; the length of the set's text.
Result<std::size_t> Glob::add_set(std::string_view rest, std::string_view field) {
  std::size_t i = 1;
  const bool is_negated = rest.size() > 1 && (rest[1] == '!' || rest[1] == '^');
  if (is_negated) ++i;
  Set set;
  for (const std::size_t first = i; i < rest.size(); ++i) {
    if (rest[i] == ']' && i > first) {
      if (is_negated) set.flip();
      sets_.push_back(set.reset('/'));
      return i + 1;
    }
    std::size_t last = i;
    if (i + 2 < rest.size() && rest[i + 1] == '-' && rest[i + 2] != ']') last = i + 2;
    if (index_of(rest[last]) < index_of(rest[i])) {
      return invalid(field, "has a range with its ends exchanged: " +
                                std::string(rest.substr(i, last - i + 1)));
    }
    for (std::size_t c = index_of(rest[i]); c <= index_of(rest[last]); ++c) set.set(c);
    i = last;
  }
  return invalid(field, "has a '[' without its ']'");
}

// All states are followed at once, so no pattern makes this try anything twice.
bool Glob::matches(std::string_view path) const {
  States now(tokens_.size() + 1);
  States next(tokens_.size() + 1);
  enter(now, 0);
  for (const char c : path) {
    std::fill(next.begin(), next.end(), false);
    step(now, next, c);
    std::swap(now, next);
  }
  return now.back();
}

// State i: what comes before token i has matched. Of the tokens that may stand for nothing, what
// follows has then matched too.
void Glob::enter(States& states, std::size_t state) const {
  for (; !states[state]; ++state) {
    states[state] = true;
    if (state == tokens_.size()) return;
    const Kind kind = tokens_[state].kind;
    if (kind == Kind::character || kind == Kind::set) return;
  }
}

void Glob::step(const States& from, States& to, char c) const {
  for (std::size_t state = 0; state < tokens_.size(); ++state) {
    if (!from[state]) continue;
    const Token& token = tokens_[state];
    switch (token.kind) {
      case Kind::character:
        if (token.character == c) enter(to, state + 1);
        break;
      case Kind::set:
        if (sets_[token.set].test(index_of(c))) enter(to, state + 1);
        break;
      case Kind::star:
        if (c != '/') enter(to, state);
        break;
      case Kind::double_star: enter(to, state); break;
      case Kind::components:
        if (c == '/') enter(to, state + 1);
        // In the middle of a component: what follows has not matched. Nothing enters this state
        // after here, since that comes from lower states only.
        to[state] = true;
        break;
    }
  }
}

}  // namespace gthulhu
