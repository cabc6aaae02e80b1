// SPDX-License-Identifier: Apache-2.0
#include "core/match/list_filter.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"

namespace gthulhu {

namespace {

Error invalid(std::string message) {
  return Error{Errc::invalid_argument, "filter " + std::move(message), ""};
}

// The words of the text, quotes taken off.
Result<std::vector<std::string>> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool is_quoted = false;
  bool has_word = false;
  for (const char c : text) {
    if (c == '"') {
      is_quoted = !is_quoted;
      has_word = true;
    } else if (c == ' ' && !is_quoted) {
      if (has_word) words.push_back(std::exchange(word, {}));
      has_word = false;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (is_quoted) return invalid("has a quote that does not end");
  if (has_word) words.push_back(std::move(word));
  return words;
}

// Greedy with one way back: linear for patterns of few stars.
bool matches_stars(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(pattern.substr(p), [](char c) { return c == '*'; });
}

}  // namespace

Result<ListFilter> ListFilter::parse(std::string_view text,
                                     std::span<const std::string_view> fields) {
  if (count_characters(text) > longest_text) {
    return invalid("must have at most " + std::to_string(longest_text) + " characters");
  }
  ListFilter filter;
  for (const std::string& word : TRY(words_of(text))) {
    const std::size_t sign = word.find_first_of(":=");
    if (sign == std::string::npos || sign == 0) {
      filter.terms_.push_back({Kind::text, "", to_lower(word)});
      continue;
    }
    std::string name = word.substr(0, sign);
    std::string value = word.substr(sign + 1);
    if (word[sign] == '=') {
      const bool is_other = name.ends_with('!');
      if (is_other) name.pop_back();
      filter.terms_.push_back(
          {is_other ? Kind::other_label : Kind::label, std::move(name), std::move(value)});
      continue;
    }
    if (std::ranges::find(fields, name) == fields.end()) {
      std::string known;
      for (const std::string_view field : fields) {
        known += (known.empty() ? "" : ", ") + std::string(field);
      }
      return invalid("has the unknown field \"" + name + "\" (there are: " + known + ")");
    }
    filter.terms_.push_back({Kind::field, std::move(name), std::move(value)});
  }
  return filter;
}

bool ListFilter::accepts(const FilterItem& item) const {
  return std::ranges::all_of(terms_, [&](const Term& term) { return holds(term, item); });
}

bool ListFilter::holds(const Term& term, const FilterItem& item) {
  const auto has_label = [&] {
    if (!item.labels) return false;
    const auto value = item.labels->find(term.name);
    return value && matches_stars(term.value, *value);
  };
  switch (term.kind) {
    case Kind::field:
      return std::ranges::any_of(item.values(term.name), [&](const std::string& value) {
        return matches_stars(term.value, value);
      });
    case Kind::label: return has_label();
    case Kind::other_label: return !has_label();
    case Kind::text:
      return std::ranges::any_of(item.texts, [&](std::string_view text) {
        return to_lower(text).find(term.value) != std::string::npos;
      });
  }
  std::abort();
}

}  // namespace gthulhu
