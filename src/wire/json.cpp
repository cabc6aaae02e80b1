// SPDX-License-Identifier: Apache-2.0
#include "wire/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace gthulhu::wire {

namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 64;

// Builds the tree from the parser's events. boost::json::value is not used: its objects drop
// doubled keys, which Go does not.
struct TreeBuilder {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  struct Open {
    bool is_object = false;
    Value::Array items;
    Value::Object members;
    std::string key;
  };
  std::vector<Open> open;
  std::string text;
  Value root;

  void add(Value value) {
    if (open.empty()) {
      root = std::move(value);
    } else if (open.back().is_object) {
      open.back().members.emplace_back(std::move(open.back().key), std::move(value));
    } else {
      open.back().items.push_back(std::move(value));
    }
  }

  using Failed = json::error_code;
  bool on_document_begin(Failed&) { return true; }
  bool on_document_end(Failed&) { return true; }
  bool on_object_begin(Failed&) {
    open.emplace_back().is_object = true;
    return true;
  }
  bool on_object_end(std::size_t, Failed&) {
    Value::Object members = std::move(open.back().members);
    open.pop_back();
    add(std::move(members));
    return true;
  }
  bool on_array_begin(Failed&) {
    open.emplace_back();
    return true;
  }
  bool on_array_end(std::size_t, Failed&) {
    Value::Array items = std::move(open.back().items);
    open.pop_back();
    add(std::move(items));
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, Failed&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, Failed&) {
    text.append(part.data(), part.size());
    open.back().key = std::exchange(text, {});
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Failed&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, Failed&) {
    text.append(part.data(), part.size());
    add(std::exchange(text, {}));
    return true;
  }
  bool on_number_part(json::string_view part, Failed&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, json::string_view, Failed&) {
    text.clear();
    add(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, Failed&) {
    text.clear();
    add(number);
    return true;
  }
  // The library's own number may differ from the nearest one in its last digits; it stays where
  // from_chars() finds none.
  bool on_double(double number, json::string_view part, Failed& failed) {
    text.append(part.data(), part.size());
    std::from_chars(text.data(), text.data() + text.size(), number);
    text.clear();
    if (std::isfinite(number)) {
      add(number);
    } else {
      failed = json::error::exponent_overflow;
    }
    return !failed;
  }
  bool on_bool(bool truth, Failed&) {
    add(truth);
    return true;
  }
  bool on_null(Failed&) {
    add(nullptr);
    return true;
  }
  bool on_comment_part(json::string_view, Failed&) { return true; }
  bool on_comment(json::string_view, Failed&) { return true; }
};

Error not_json(std::size_t position, const std::string& why) {
  return Error{Errc::invalid_argument, "not JSON at byte " + std::to_string(position) + ": " + why,
               ""};
}

std::string_view kind_of(const Value& value) {
  struct Kind {
    std::string_view operator()(std::nullptr_t) const { return "null"; }
    std::string_view operator()(bool) const { return "a boolean"; }
    std::string_view operator()(std::int64_t) const { return "a number"; }
    std::string_view operator()(std::uint64_t) const { return "a number"; }
    std::string_view operator()(double) const { return "a number"; }
    std::string_view operator()(const std::string&) const { return "a string"; }
    std::string_view operator()(const Value::Array&) const { return "a list"; }
    std::string_view operator()(const Value::Object&) const { return "an object"; }
  };
  return std::visit(Kind{}, value.data());
}

Error wrong_type(const std::string& path, std::string_view wanted, const Value& value) {
  return Error{Errc::invalid_argument,
               (path.empty() ? std::string("the body") : path) + " must be " + std::string(wanted) +
                   ", not " + std::string(kind_of(value)),
               "", path};
}

// Whether it is a whole number that stands for no other: below 2^53 a double holds all of them, and
// 2^53 itself is what 2^53 + 1 is rounded to.
bool is_exact(double number) {
  constexpr double too_large = 9'007'199'254'740'992.0;
  return std::trunc(number) == number && std::abs(number) < too_large;
}

void append_double(std::string& out, double number) {
  CHECK(std::isfinite(number));  // JSON has no word for others, and we compute none
  std::array<char, 32> digits{};
  const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  CHECK(failed == std::errc{});
  out.append(digits.data(), end);
}

}  // namespace

const Value* Value::find(std::string_view name) const {
  const auto* members = as<Object>();
  if (members == nullptr) return nullptr;
  for (auto member = members->rbegin(); member != members->rend(); ++member) {
    if (member->first == name) return &member->second;
  }
  return nullptr;
}

Result<Value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<TreeBuilder> parser(options);
  json::error_code failed;
  std::size_t read = 0;
  try {
    read = parser.write_some(false, text.data(), text.size(), failed);
  } catch (const std::exception& failure) {
    return Error{Errc::invalid_argument, "not JSON", failure.what()};
  }
  if (failed) {
    if (failed == json::error::incomplete) return not_json(text.size(), "it ends too early");
    return not_json(read, failed.message());
  }
  const std::string_view rest = text.substr(read);
  const std::string_view trailing = trim(rest);
  if (!trailing.empty()) {
    return not_json(static_cast<std::size_t>(trailing.data() - text.data()),
                    "something follows the document");
  }
  return std::move(parser.handler().root);
}

void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (letter == '\n') {
      out += "\\n";
    } else if (letter == '\r') {
      out += "\\r";
    } else if (letter == '\t') {
      out += "\\t";
    } else if (code < 0x20 || letter == '<' || letter == '>' || letter == '&') {
      out += "\\u00";
      out += digits[code >> 4U];
      out += digits[code & 15U];
    } else if (text.substr(i, 3) == "\xe2\x80\xa8" || text.substr(i, 3) == "\xe2\x80\xa9") {
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += letter;
    }
  }
  out += '"';
}

void append_text(std::string& out, const Value& value) {
  struct Append {
    std::string& out;
    void operator()(std::nullptr_t) const { out += "null"; }
    void operator()(bool truth) const { out += truth ? "true" : "false"; }
    void operator()(std::int64_t number) const { out += std::to_string(number); }
    void operator()(std::uint64_t number) const { out += std::to_string(number); }
    void operator()(double number) const { append_double(out, number); }
    void operator()(const std::string& text) const { append_string(out, text); }
    void operator()(const Value::Array& items) const {
      out += '[';
      for (const Value& item : items) {
        if (&item != items.data()) out += ',';
        append_text(out, item);
      }
      out += ']';
    }
    void operator()(const Value::Object& members) const {
      out += '{';
      for (const auto& member : members) {
        if (&member != members.data()) out += ',';
        append_string(out, member.first);
        out += ':';
        append_text(out, member.second);
      }
      out += '}';
    }
  };
  std::visit(Append{out}, value.data());
}

std::string to_text(const Value& value) {
  std::string text;
  append_text(text, value);
  return text;
}

Result<ObjectReader> ObjectReader::open(const Value& value, std::string path) {
  const auto* members = value.as<Value::Object>();
  if (members == nullptr) return wrong_type(path, "an object", value);
  return ObjectReader(*members, std::move(path));
}

const Value* ObjectReader::find(std::string_view key) {
  const std::string wanted = to_lower(key);
  asked_.insert(wanted);
  for (auto member = members_->rbegin(); member != members_->rend(); ++member) {
    if (!member->second.is_null() && to_lower(member->first) == wanted) return &member->second;
  }
  return nullptr;
}

std::string ObjectReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Result<> ObjectReader::read(std::string_view key, std::string& target) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* text = value->as<std::string>();
  if (text == nullptr) return wrong_type(path_of(key), "a string", *value);
  target = *text;
  return {};
}

Result<> ObjectReader::read(std::string_view key, std::int64_t& target) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  if (const auto* number = value->as<std::int64_t>()) {
    target = *number;
    return {};
  }
  if (const auto* real = value->as<double>()) {
    if (is_exact(*real)) {
      target = static_cast<std::int64_t>(*real);
      return {};
    }
  }
  if (value->as<double>() != nullptr || value->as<std::uint64_t>() != nullptr) {
    return Error{Errc::invalid_argument, path_of(key) + " must be an integer of 64 bits", "",
                 path_of(key)};
  }
  return wrong_type(path_of(key), "an integer", *value);
}

Result<> ObjectReader::read(std::string_view key, std::uint64_t& target) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* large = value->as<std::uint64_t>();
  const auto* number = value->as<std::int64_t>();
  const auto* real = value->as<double>();
  if (large != nullptr) {
    target = *large;
  } else if (number != nullptr && *number >= 0) {
    target = static_cast<std::uint64_t>(*number);
  } else if (real != nullptr && *real >= 0 && is_exact(*real)) {
    target = static_cast<std::uint64_t>(*real);
  } else if (number != nullptr || real != nullptr) {
    return Error{Errc::invalid_argument,
                 path_of(key) + " must be an integer of 64 bits that is not negative", "",
                 path_of(key)};
  } else {
    return wrong_type(path_of(key), "an integer", *value);
  }
  return {};
}

Result<> ObjectReader::read(std::string_view key, bool& target) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* truth = value->as<bool>();
  if (truth == nullptr) return wrong_type(path_of(key), "true or false", *value);
  target = *truth;
  return {};
}

Result<> ObjectReader::read(std::string_view key, std::vector<std::string>& target) {
  std::vector<std::string> items;
  bool present = false;
  TRY(read_each(key, [&](const Value& item, const std::string& path) -> Result<> {
    const auto* text = item.as<std::string>();
    if (text == nullptr) return wrong_type(path, "a string", item);
    items.push_back(*text);
    present = true;
    return {};
  }));
  if (present) target = std::move(items);
  return {};
}

Result<> ObjectReader::read_each(
    std::string_view key, const std::function<Result<>(const Value&, const std::string&)>& item) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* items = value->as<Value::Array>();
  if (items == nullptr) return wrong_type(path_of(key), "a list", *value);
  for (std::size_t i = 0; i < items->size(); ++i) {
    TRY(item((*items)[i], path_of(key) + "[" + std::to_string(i) + "]"));
  }
  return {};
}

Result<> ObjectReader::read_map(
    std::string_view key,
    const std::function<Result<>(const std::string&, const std::string&)>& member) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* members = value->as<Value::Object>();
  if (members == nullptr) return wrong_type(path_of(key), "an object", *value);
  for (const auto& [name, item] : *members) {
    const auto* text = item.as<std::string>();
    if (text == nullptr) return wrong_type(path_of(key) + "." + name, "a string", item);
    TRY(member(name, *text));
  }
  return {};
}

bool ObjectReader::has(std::string_view key) {
  const Value* value = find(key);
  return value != nullptr && !value->is_null();
}

Result<> ObjectReader::refuse_unknown() const {
  for (const auto& [name, value] : *members_) {
    if (asked_.contains(to_lower(name))) continue;
    std::vector<std::string_view> known(asked_.begin(), asked_.end());
    const auto meant = nearest(to_lower(name), known);
    return Error{Errc::invalid_argument,
                 path_of(name) + " is not a field of this request" +
                     (meant ? "; did you mean " + std::string(*meant) + "?" : ""),
                 "", path_of(name)};
  }
  return {};
}

}  // namespace gthulhu::wire
