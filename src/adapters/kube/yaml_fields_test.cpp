// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/yaml_fields.h"

#include <gtest/gtest.h>

#include "adapters/kube/test_ground.h"

namespace gthulhu {
namespace {

YamlFields parsed(const std::string& text) {
  return value_of(YamlFields::parse(text, "config"));
}

TEST(YamlFields, texts_truths_lists_and_mappings_are_read_by_name) {
  const YamlFields document = parsed(R"(
name: admin
number: 017
quoted: "a\nb"
yes: true
list: [a, 2, "c"]
within: {below: {name: deep}}
lists: {x: [a, b], y: []}
)");
  EXPECT_EQ(document.text("name").value(), "admin");
  EXPECT_EQ(document.text("number").value(), "017");
  EXPECT_EQ(document.text("quoted").value(), "a\nb");
  EXPECT_EQ(document.truth("yes").value(), true);
  EXPECT_EQ(document.texts("list").value(), (std::vector<std::string>{"a", "2", "c"}));
  EXPECT_EQ(document.fields("within").value().fields("below").value().text("name").value(), "deep");
  EXPECT_EQ(document.texts_by_name("lists").value(),
            (YamlFields::TextsByName{{"x", {"a", "b"}}, {"y", {}}}));
}

TEST(YamlFields, json_is_yaml) {
  EXPECT_EQ(parsed(R"({"name": "admin", "list": ["a"]})").texts("list").value(),
            std::vector<std::string>{"a"});
}

TEST(YamlFields, what_is_absent_or_null_is_empty) {
  for (const char* text : {"", "---", "a:", "a: ~", "a: null", "b: 1"}) {
    const YamlFields document = parsed(text);
    EXPECT_FALSE(document.has("a"));
    EXPECT_EQ(document.text("a").value(), "");
    EXPECT_EQ(document.truth("a").value(), false);
    EXPECT_TRUE(document.texts("a").value().empty());
    EXPECT_TRUE(document.texts_by_name("a").value().empty());
    EXPECT_TRUE(document.each("a").value().empty());
    EXPECT_EQ(document.fields("a").value().text("b").value(), "");
  }
}

TEST(YamlFields, damaged_yaml_is_an_error_with_line_and_column) {
  const Error error = error_of(YamlFields::parse("a: 1\nb: [1, 2\nc: 3\n", "config"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_TRUE(error.message.starts_with("config is not YAML at line 3, column 2: "))
      << error.message;
}

TEST(YamlFields, no_error_quotes_the_document) {
  for (const char* text : {"token: *hush", "token: [hush", "token: \"hush", "hush: {hush", "- hush",
                           "hush", "? [hush]\n: hush: hush"}) {
    const auto read = YamlFields::parse(text, "config");
    if (read) continue;
    EXPECT_EQ(read.error().text().find("hush"), std::string::npos) << read.error().text();
  }
}

TEST(YamlFields, a_document_that_is_no_mapping_is_an_error) {
  for (const char* text : {"- a", "text", "[]"}) {
    EXPECT_EQ(error_of(YamlFields::parse(text, "config")).message, "config is no mapping of YAML");
  }
}

TEST(YamlFields, another_kind_of_value_is_an_error_with_the_path) {
  const YamlFields document = parsed("users:\n- name: admin\n  user: {a: [1], b: {c: d}, e: f}\n");
  const YamlFields user = value_of(value_of(document.each("users")).front().fields("user"));
  const Error error = error_of(user.text("a"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_EQ(error.message, "config: users[admin].user.a must be a text");
  EXPECT_EQ(error.field, "users[admin].user.a");
  EXPECT_EQ(error_of(user.text("b")).field, "users[admin].user.b");
  EXPECT_EQ(error_of(user.truth("e")).message, "config: users[admin].user.e must be true or false");
  EXPECT_EQ(error_of(user.texts("e")).message,
            "config: users[admin].user.e must be a list of texts");
  EXPECT_EQ(error_of(user.texts_by_name("e")).message,
            "config: users[admin].user.e must be a mapping of lists of texts");
  EXPECT_EQ(error_of(user.texts_by_name("b")).message,
            "config: users[admin].user.b must be a list of texts");
  EXPECT_EQ(error_of(user.fields("a")).message, "config: users[admin].user.a must be a mapping");
  EXPECT_EQ(error_of(user.each("e")).message, "config: users[admin].user.e must be a list");
  EXPECT_EQ(error_of(user.each("a")).message,
            "config: users[admin].user.a must be a list of mappings");
}

TEST(YamlFields, an_item_without_a_name_is_known_by_its_place) {
  const auto items = value_of(parsed("list: [{name: a}, {}, {name: [b]}]").each("list"));
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].refused("x", "").field, "list[a].x");
  EXPECT_EQ(items[1].refused("x", "").field, "list[1].x");
  EXPECT_EQ(items[2].refused("x", "").field, "list[2].x");
}

TEST(YamlFields, a_text_with_a_zero_byte_is_none) {
  EXPECT_EQ(error_of(parsed("a: \"x\\0y\"").text("a")).message, "config: a must be a text");
}

TEST(YamlFields, aliases_are_followed_but_not_without_end) {
  std::string bomb = "a: &a [x, x]\nm: &m \"" + std::string(100'000, 'x') + "\"\nlong: [";
  for (int i = 0; i < 20; ++i) bomb += "*m, ";
  bomb += "]\nmany: [";
  for (int i = 0; i < 1'001; ++i) bomb += "x, ";
  bomb += "]\nby_name: {";
  for (int i = 0; i < 600; ++i) bomb += "k" + std::to_string(i) + ": *a, ";
  bomb += "}\nfew: {k: *a}\n";
  const YamlFields document = parsed(bomb);
  EXPECT_EQ(document.texts_by_name("few").value(), (YamlFields::TextsByName{{"k", {"x", "x"}}}));
  for (const char* list : {"long", "many"}) {
    EXPECT_EQ(error_of(document.texts(list)).message,
              "config: " + std::string(list) + " holds too much");
  }
  EXPECT_EQ(error_of(document.texts_by_name("by_name")).message, "config: by_name holds too much");
}

TEST(YamlFields, what_is_nested_without_end_is_an_error) {
  EXPECT_FALSE(YamlFields::parse("a: " + std::string(100'000, '['), "config"));
}

}  // namespace
}  // namespace gthulhu
