// SPDX-License-Identifier: Apache-2.0
#include "main/config/toml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string refusal(std::string_view text) {
  const auto parsed = parse_toml(text, "some.toml");
  EXPECT_FALSE(parsed) << text;
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  return parsed.error().text();
}

TEST(TomlFile, keys_come_in_the_order_of_the_text_with_their_places) {
  const auto entries = parse_toml(
      "z = true\n"
      "[Server]\n"
      "  Host = \":80\"\n"
      "[a.b]\n"
      "c = 3\n"
      "d.e = ['x', 'y']\n",
      "some.toml");
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ(entries->at(0).key, "z");
  EXPECT_EQ(entries->at(0).where, "some.toml:1:1");
  EXPECT_EQ(std::get<bool>(entries->at(0).value.value), true);
  EXPECT_EQ(entries->at(1).key, "server.host");
  EXPECT_EQ(entries->at(1).where, "some.toml:3:3");
  EXPECT_EQ(std::get<std::string>(entries->at(1).value.value), ":80");
  EXPECT_EQ(entries->at(2).key, "a.b.c");
  EXPECT_EQ(std::get<std::int64_t>(entries->at(2).value.value), 3);
  EXPECT_EQ(entries->at(3).key, "a.b.d.e");
  EXPECT_EQ(std::get<std::vector<std::string>>(entries->at(3).value.value),
            (std::vector<std::string>{"x", "y"}));
}

TEST(TomlFile, values_that_no_key_takes_are_named) {
  const std::pair<const char*, const char*> cases[] = {
      {"a = 1.5", "a number with a fraction"},
      {"a = 2020-01-01", "a date or time"},
      {"a = 10:00:00", "a date or time"},
      {"a = [1, 'x']", "a list of other things than text"},
      {"[[a]]\nb = 1", "a list of other things than text"}};
  for (const auto& [text, what] : cases) {
    const auto entries = parse_toml(text, "some.toml");
    ASSERT_TRUE(entries) << text;
    ASSERT_EQ(entries->size(), 1u);
    EXPECT_EQ(std::get<GivenValue::Unusable>(entries->at(0).value.value).what, what);
  }
}

TEST(TomlFile, an_empty_section_is_seen) {
  const auto entries = parse_toml("[mongod]\n", "some.toml");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->at(0).key, "mongod");
  EXPECT_TRUE(std::holds_alternative<GivenValue::EmptySection>(entries->at(0).value.value));
}

TEST(TomlFile, a_section_whose_name_begins_with_no_letter_is_refused) {
  for (const char* text : {"[@a]\n", "[@[a]]\n", "[[=]]\n", "[,"}) {
    EXPECT_THAT(refusal(text), StartsWith("some.toml:1:")) << text;
  }
}

TEST(TomlFile, letters_beyond_ascii_stand_in_quotes_and_comments_only) {
  for (const char* text : {"a = é\n", "a = \xef\xb7\xbd\n", "é = 1\n", "a = 1 é\n", "[a]é\n"}) {
    EXPECT_THAT(refusal(text), StartsWith("some.toml:1:")) << text;
  }
  const auto entries = parse_toml("\"é\" = \"\"\"a\\\n  é\"\"\"  # é\n", "some.toml");
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_EQ(entries->at(0).key, "é");
  EXPECT_EQ(std::get<std::string>(entries->at(0).value.value), "aé");
}

TEST(TomlFile, what_is_not_toml_is_refused_with_line_and_column) {
  EXPECT_THAT(refusal("[server]\nhost = \n"), StartsWith("some.toml:2:8: this is not TOML: "));
  EXPECT_THAT(refusal("[server\n"), StartsWith("some.toml:1:"));
  EXPECT_THAT(refusal("a = 1\na = 2\n"), StartsWith("some.toml:2:"));
  EXPECT_THAT(refusal("a = \"\"\"\nnever ends"), StartsWith("some.toml:2:"));
  EXPECT_THAT(refusal("a = \"\xff\"\n"), StartsWith("some.toml:1:"));
}

TEST(TomlFile, a_document_that_nests_without_end_is_refused) {
  EXPECT_THAT(refusal("a = " + std::string(100'000, '[')), HasSubstr("not TOML"));
}

// A secret without quotes, or with broken ones, is the usual way to write a password wrongly.
TEST(TomlFile, a_refusal_repeats_no_value) {
  for (const std::string value :
       {"hunter2", "0hunter2", "1234567890123456789012", "01234567890", "'hunter2", "\"hunter2",
        "hunter2'x'y", "\"hunter2\" hunter2", "0x123456789012345678901234567890", "+hunter2",
        "_hunter2", "\"\\hunter2\"", "2020-13-hunter2", "1e999999", "{ hunter2", "[ hunter2"}) {
    const std::string text = refusal("[mongodb]\npassword = " + value + "\n");
    EXPECT_THAT(text, Not(HasSubstr("hunter"))) << text;
    EXPECT_THAT(text, Not(HasSubstr("unter2"))) << text;
    EXPECT_THAT(text, Not(HasSubstr("123456"))) << text;
    EXPECT_THAT(text, Not(HasSubstr("999999"))) << text;
    EXPECT_THAT(text, HasSubstr("some.toml:")) << value;
  }
}

}  // namespace
}  // namespace gthulhu
