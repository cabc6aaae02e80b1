// SPDX-License-Identifier: Apache-2.0
#include "core/match/list_filter.h"

#include <gtest/gtest.h>

#include <array>

namespace gthulhu {
namespace {

constexpr std::array<std::string_view, 2> fields{"ns", "name"};

bool accepts(std::string_view text) {
  static const Labels labels{{"app", "upf"}, {"tier", "gold"}};
  FilterItem item;
  item.labels = LabelView(labels);
  item.texts = {"Night Shift", "66aa"};
  item.values = [](std::string_view field) -> std::vector<std::string> {
    if (field == "ns") return {"core", "web"};
    return {"night shift"};
  };
  const auto filter = ListFilter::parse(text, fields);
  return filter && filter->accepts(item);
}

std::string refusal(std::string_view text) {
  const auto filter = ListFilter::parse(text, fields);
  return filter ? "" : filter.error().message;
}

TEST(ListFilter, the_empty_filter_accepts_everything) {
  EXPECT_TRUE(accepts(""));
  EXPECT_TRUE(accepts("   "));
}

TEST(ListFilter, a_field_holds_when_one_of_its_values_matches) {
  EXPECT_TRUE(accepts("ns:core"));
  EXPECT_TRUE(accepts("ns:w*b"));
  EXPECT_FALSE(accepts("ns:wb"));
  EXPECT_FALSE(accepts("ns:co"));
}

TEST(ListFilter, all_terms_must_hold) {
  EXPECT_TRUE(accepts("ns:core app=upf night"));
  EXPECT_FALSE(accepts("ns:core app=web"));
}

TEST(ListFilter, labels_are_compared_whole_and_may_be_excluded) {
  EXPECT_TRUE(accepts("app=upf"));
  EXPECT_TRUE(accepts("app=u*"));
  EXPECT_FALSE(accepts("app=up"));
  EXPECT_FALSE(accepts("app!=upf"));
  EXPECT_TRUE(accepts("app!=web"));
  EXPECT_TRUE(accepts("none!=web"));
}

TEST(ListFilter, a_word_is_looked_for_in_all_texts_in_any_case) {
  EXPECT_TRUE(accepts("SHIFT"));
  EXPECT_TRUE(accepts("6a"));
  EXPECT_FALSE(accepts("day"));
}

TEST(ListFilter, quotes_hold_blanks_together) {
  EXPECT_TRUE(accepts("name:\"night shift\""));
  EXPECT_TRUE(accepts("\"night shift\""));
  EXPECT_FALSE(accepts("\"shift night\""));
}

TEST(ListFilter, what_is_wrong_is_named) {
  EXPECT_EQ(refusal("node:a"), "filter has the unknown field \"node\" (there are: ns, name)");
  EXPECT_EQ(refusal("\"a"), "filter has a quote that does not end");
  EXPECT_EQ(refusal(std::string(1'025, 'a')), "filter must have at most 1024 characters");
}

TEST(ListFilter, many_stars_do_not_make_it_slow) {
  FilterItem item;
  item.values = [](std::string_view) { return std::vector{std::string(1'000, 'a')}; };
  std::string pattern = "ns:";
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(ListFilter::parse(pattern + "b", fields)->accepts(item));
}

}  // namespace
}  // namespace gthulhu
