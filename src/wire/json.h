// SPDX-License-Identifier: Apache-2.0
//
// JSON as the Go system reads and writes it, so that existing clients see no difference
// (contract 1.1; Go's encoding/json): keys match in any case, the last of several
// wins, null leaves a field as it was, unknown keys are ignored unless asked otherwise. Unlike Go,
// bytes after the document are refused, and 10.0 is the integer 10, as in JSON Schema.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gthulhu::wire {

// One JSON value. Objects keep the order of their members, and doubles.
class Value {
 public:
  using Array = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;
  using Data = std::variant<std::nullptr_t,
                            bool,
                            std::int64_t,
                            std::uint64_t,
                            double,
                            std::string,
                            Array,
                            Object>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool truth) : data_(truth) {}
  Value(std::signed_integral auto number) : data_(std::int64_t{number}) {}
  Value(std::unsigned_integral auto number) : data_(std::uint64_t{number}) {}
  Value(double number) : data_(number) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(Array items) : data_(std::move(items)) {}
  Value(Object members) : data_(std::move(members)) {}

  [[nodiscard]] const Data& data() const { return data_; }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data_);
  }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }

  // The last member with exactly this name; null when this is no object or has none.
  [[nodiscard]] const Value* find(std::string_view name) const;

  bool operator==(const Value&) const = default;

 private:
  Data data_ = nullptr;
};

// The whole text as one value, at most 64 levels deep. Errc::invalid_argument with a message that
// says at which byte it stops being JSON.
Result<Value> parse_json(std::string_view text);

// Without blanks; `<`, `>`, `&`, U+2028 and U+2029 are escaped as in Go.
std::string to_text(const Value& value);
// The same text, appended; for bodies that are put together by hand.
void append_text(std::string& out, const Value& value);
void append_string(std::string& out, std::string_view text);

// Reads the fields of an object. A field that is absent or null leaves its target as it was; one of
// another type is an Errc::invalid_argument whose message begins with the field's path, which is
// also its Error::field.
class ObjectReader {
 public:
  // `path` is where the object stands, such as "labelSelectors[2]"; empty for the document itself.
  static Result<ObjectReader> open(const Value& value, std::string path = {});

  Result<> read(std::string_view key, std::string& target);
  Result<> read(std::string_view key, std::int64_t& target);
  Result<> read(std::string_view key, std::uint64_t& target);
  Result<> read(std::string_view key, bool& target);
  Result<> read(std::string_view key, std::vector<std::string>& target);
  // Calls `item` with each element and its path.
  Result<> read_each(std::string_view key,
                     const std::function<Result<>(const Value&, const std::string&)>& item);
  // Calls `member` with each member of an object of strings.
  Result<> read_map(std::string_view key,
                    const std::function<Result<>(const std::string&, const std::string&)>& member);

  // Whether the object has the member, and not as null.
  [[nodiscard]] bool has(std::string_view key);

  // Errc::invalid_argument that names the first member nobody has asked for.
  [[nodiscard]] Result<> refuse_unknown() const;

  // "labelSelectors[2].key" for `key`.
  [[nodiscard]] std::string path_of(std::string_view key) const;

 private:
  ObjectReader(const Value::Object& members, std::string path)
      : members_(&members), path_(std::move(path)) {}

  const Value* find(std::string_view key);

  const Value::Object* members_;
  std::string path_;
  std::set<std::string> asked_;  // lower case
};

}  // namespace gthulhu::wire
