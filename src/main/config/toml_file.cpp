// SPDX-License-Identifier: Apache-2.0
#include "main/config/toml_file.h"

#include <algorithm>
#include <compare>

#include "base/text.h"

// Errors as values, and no code of ours but this depends on the library.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace gthulhu {
namespace {

std::string place(const std::string& path, const toml::source_position& position) {
  return path + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

GivenValue::Unusable unusable(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::array: return {"a list of other things than text"};
    case toml::node_type::floating_point: return {"a number with a fraction"};
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return {"a date or time"};
    case toml::node_type::none:
    case toml::node_type::table:
    case toml::node_type::string:
    case toml::node_type::integer:
    case toml::node_type::boolean: break;
  }
  return {"a value of another type"};
}

GivenValue value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return {text->get()};
  if (const auto* flag = node.as_boolean()) return {flag->get()};
  if (const auto* number = node.as_integer()) return {number->get()};
  const auto* list = node.as_array();
  if (list == nullptr) return {unusable(node)};
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    const auto* text = element.as_string();
    if (text == nullptr) return {unusable(node)};
    texts.push_back(text->get());
  }
  return {std::move(texts)};
}

struct Positioned {
  toml::source_position position;
  TomlEntry entry;
};

// The library bounds how deep a document nests, and with it this recursion.
void collect(const toml::table& table,
             const std::string& section,
             const std::string& path,
             std::vector<Positioned>& found) {
  for (const auto& [key, node] : table) {
    const std::string name = section + to_lower(key.str());
    const auto* inner = node.as_table();
    if (inner != nullptr && !inner->empty()) {
      collect(*inner, name + ".", path, found);
      continue;
    }
    GivenValue value = inner == nullptr ? value_of(node) : GivenValue{GivenValue::EmptySection{}};
    const auto position = key.source().begin;
    found.push_back({position, {name, place(path, position), std::move(value)}});
  }
}

// What the library quotes may be a secret that lacks its own quotes.
std::string without_quotations(std::string_view description) {
  constexpr std::size_t harmless = 2;
  const auto parts = split(description, '\'');
  bool long_part = parts.size() > 1 && parts.size() % 2 == 0;
  for (std::size_t i = 1; i < parts.size(); i += 2) long_part |= parts[i].size() > harmless;
  if (!long_part) return std::string(description);
  const auto first = description.find('\'');
  const auto last = description.rfind('\'');
  return std::string(description.substr(0, first)) + "…" +
         std::string(description.substr(last + 1));
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& wrong = parsed.error();
    return Error{Errc::invalid_argument,
                 place(path, wrong.source().begin) +
                     ": this is not TOML: " + without_quotations(wrong.description()),
                 ""};
  }
  std::vector<Positioned> found;
  collect(parsed.table(), "", path, found);
  std::ranges::sort(found, [](const Positioned& left, const Positioned& right) {
    return left.position < right.position;
  });
  std::vector<TomlEntry> entries;
  for (Positioned& positioned : found) entries.push_back(std::move(positioned.entry));
  return entries;
}

}  // namespace gthulhu
