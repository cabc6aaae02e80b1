// SPDX-License-Identifier: Apache-2.0
#include "wire/json.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

ObjectReader reader_of(const Value& value) {
  Result<ObjectReader> reader = ObjectReader::open(value);
  EXPECT_TRUE(reader);
  return *reader;
}

TEST(ParseJson, what_was_read_is_written_the_same) {
  for (const char* text : {"null", "true", "-7", "18446744073709551615", "\"a\"", "[]", "{}",
                           R"({"b":[1,{"a":null}],"a":"x"})", "1.5"}) {
    const Result<Value> value = parse_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(to_text(*value), text);
  }
}

TEST(ParseJson, says_where_it_stops_being_json) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& c : {Case{"", "not JSON at byte 0: it ends too early"},
                        Case{"{\"a\":", "not JSON at byte 5: it ends too early"},
                        Case{"{} {}", "not JSON at byte 3: something follows the document"}}) {
    const Result<Value> value = parse_json(c.text);
    ASSERT_FALSE(value) << c.text;
    EXPECT_EQ(value.error().code, Errc::invalid_argument);
    EXPECT_EQ(value.error().message, c.message);
  }
  const Result<Value> value = parse_json("{\"a\":1,}");
  ASSERT_FALSE(value);
  EXPECT_TRUE(value.error().message.starts_with("not JSON at byte 7: ")) << value.error().message;
}

TEST(ParseJson, refuses_what_is_nested_without_end) {
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

// JSON has no word for infinity, so it could not be written again.
TEST(ParseJson, a_number_beyond_all_doubles_is_refused) {
  for (const char* text : {"1e999", "[-1e999]", "{\"a\":1.0e+309}"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_EQ(to_text(*parse_json("[1.7976931348623157e308,1e-400]")), "[1.7976931348623157e+308,0]");
}

TEST(ToText, escapes_as_go_does) {
  EXPECT_EQ(to_text(Value("<a>&\"\\\n\r\t\x01")), R"("\u003ca\u003e\u0026\"\\\n\r\t\u0001")");
  EXPECT_EQ(to_text(Value("a\xe2\x80\xa8"
                          "b\xe2\x80\xa9")),
            R"("a\u2028b\u2029")");
  EXPECT_EQ(to_text(Value("ü")), "\"ü\"");
}

TEST(ObjectReader, keys_match_in_any_case_and_the_last_one_wins) {
  const Value document = *parse_json(R"({"Priority":1,"PRIORITY":2,"priority":null,"priority":3})");
  ObjectReader reader = reader_of(document);
  std::int64_t priority = 0;
  ASSERT_TRUE(reader.read("priority", priority));
  EXPECT_EQ(priority, 3);
}

TEST(ObjectReader, null_and_absence_leave_the_field_as_it_was) {
  const Value document = *parse_json(R"({"a":null})");
  ObjectReader reader = reader_of(document);
  std::int64_t number = 5;
  std::string text = "x";
  ASSERT_TRUE(reader.read("a", number));
  ASSERT_TRUE(reader.read("b", text));
  EXPECT_EQ(number, 5);
  EXPECT_EQ(text, "x");
}

TEST(ObjectReader, a_whole_number_is_an_integer_however_it_is_written) {
  const Value document = *parse_json(R"({"a":10.0,"b":-1e3})");
  ObjectReader reader = reader_of(document);
  std::int64_t number = 0;
  ASSERT_TRUE(reader.read("a", number));
  EXPECT_EQ(number, 10);
  ASSERT_TRUE(reader.read("b", number));
  EXPECT_EQ(number, -1000);
}

TEST(ObjectReader, a_whole_number_is_no_other_than_the_one_that_was_written) {
  for (const std::int64_t wanted : {9'007'199'254'740'991, 9'007'199'254'740'989,
                                    -9'007'199'254'740'991, 4'503'599'627'370'497}) {
    const Value document = *parse_json("{\"a\":" + std::to_string(wanted) + ".0}");
    ObjectReader reader = reader_of(document);
    std::int64_t number = 0;
    ASSERT_TRUE(reader.read("a", number)) << wanted;
    EXPECT_EQ(number, wanted);
  }
  const Value document = *parse_json(R"({"a":9007199254740993.0})");
  ObjectReader reader = reader_of(document);
  std::int64_t number = 0;
  EXPECT_EQ(reader.read("a", number).error().field, "a");
}

TEST(ObjectReader, a_wrong_type_names_the_field_and_both_types) {
  const Value document = *parse_json(
      R"({"s":1,"i":"1","f":10.5,"x":1e300,"big":18446744073709551615,"l":{},"e":[1],"b":0,"m":{"k":1}})");
  ObjectReader reader = reader_of(document);
  std::string text;
  std::int64_t number = 0;
  bool truth = false;
  std::vector<std::string> list;
  EXPECT_EQ(reader.read("s", text).error().message, "s must be a string, not a number");
  EXPECT_EQ(reader.read("i", number).error().message, "i must be an integer, not a string");
  EXPECT_EQ(reader.read("f", number).error().message, "f must be an integer of 64 bits");
  EXPECT_EQ(reader.read("x", number).error().message, "x must be an integer of 64 bits");
  EXPECT_EQ(reader.read("big", number).error().message, "big must be an integer of 64 bits");
  EXPECT_EQ(reader.read("l", list).error().message, "l must be a list, not an object");
  EXPECT_EQ(reader.read("e", list).error().message, "e[0] must be a string, not a number");
  EXPECT_EQ(reader.read("b", truth).error().message, "b must be true or false, not a number");
  const auto ignore = [](const std::string&, const std::string&) { return Result<>{}; };
  EXPECT_EQ(reader.read_map("m", ignore).error().message, "m.k must be a string, not a number");
}

TEST(ObjectReader, an_unknown_key_is_refused_only_on_demand_with_the_nearest_known) {
  const Value document = *parse_json(R"({"priority":1,"priorty":2})");
  ObjectReader reader = reader_of(document);
  std::int64_t priority = 0;
  ASSERT_TRUE(reader.read("priority", priority));
  EXPECT_EQ(reader.refuse_unknown().error().message,
            "priorty is not a field of this request; did you mean priority?");
}

TEST(ObjectReader, a_document_that_is_no_object_is_refused) {
  EXPECT_EQ(ObjectReader::open(Value(1)).error().message,
            "the body must be an object, not a number");
}

}  // namespace
}  // namespace gthulhu::wire
