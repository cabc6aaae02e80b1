// SPDX-License-Identifier: Apache-2.0
//
// Any JSON, against what wire/json.h promises.
#include <charconv>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "core/match/utf8.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/made_up_json.h"
#include "wire/json.h"

namespace gthulhu::fuzz {

namespace {

// Whatever was read can be written, is then read as the same, and is written as the same again.
void check_written(const wire::Value& value, std::string_view input) {
  const std::string text = wire::to_text(value);
  const auto again = wire::parse_json(text);
  CHECK(again.has_value());
  CHECK(say_the_same(*again, value));
  CHECK(text.find_first_of("<>&") == std::string::npos);
  const auto with_blanks = wire::parse_json("\n\t " + std::string(input) + " \r\n");
  CHECK(with_blanks.has_value());
  CHECK(*with_blanks == value);
  CHECK(!wire::parse_json(text + ",").has_value());
}

void check_error(const Error& error) {
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.message.starts_with("not JSON"));
}

// Any text is written so that it is read as the same.
void check_string(std::string_view input) {
  const std::string text = valid_utf8(input);
  const auto read = wire::parse_json(wire::to_text(wire::Value(text)));
  CHECK(read.has_value());
  CHECK(*read == wire::Value(text));
}

// A whole number with ".0" behind it is that integer and no other, or refused.
void check_whole_number(std::string_view input) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(input.data(), input.data() + input.size(), number);
  if (failed != std::errc{}) return;
  const auto body = wire::parse_json(R"({"n":)" + std::to_string(number) + ".0}");
  CHECK(body.has_value());
  auto reader = wire::ObjectReader::open(*body);
  CHECK(reader.has_value());
  std::int64_t read = 0;
  if (reader->read("n", read)) CHECK(read == number);
}

}  // namespace

void try_input(std::string_view input) {
  const auto value = wire::parse_json(input);
  if (value) {
    check_written(*value, input);
  } else {
    check_error(value.error());
  }
  check_string(input);
  check_whole_number(input);
}

}  // namespace gthulhu::fuzz
