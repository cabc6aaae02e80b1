// SPDX-License-Identifier: Apache-2.0
#include "core/match/label_selector.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

const Labels web{{"app", "web"}, {"tier", "gold"}, {"canary", ""}};

bool holds(LabelOperator op, std::string key, std::vector<std::string> values) {
  return LabelRequirement{std::move(key), op, std::move(values)}.holds_for(web);
}

TEST(LabelRequirement, in_wants_the_key_with_one_of_the_values) {
  EXPECT_TRUE(holds(LabelOperator::in, "app", {"api", "web"}));
  EXPECT_FALSE(holds(LabelOperator::in, "app", {"api"}));
  EXPECT_FALSE(holds(LabelOperator::in, "zone", {"a"}));
  EXPECT_TRUE(holds(LabelOperator::in, "canary", {""}));
  EXPECT_FALSE(holds(LabelOperator::in, "zone", {""}));
}

TEST(LabelRequirement, not_in_and_does_not_exist_hold_when_the_key_is_absent) {
  EXPECT_TRUE(holds(LabelOperator::not_in, "zone", {"a"}));
  EXPECT_TRUE(holds(LabelOperator::not_in, "app", {"api"}));
  EXPECT_FALSE(holds(LabelOperator::not_in, "app", {"api", "web"}));
  EXPECT_TRUE(holds(LabelOperator::does_not_exist, "zone", {}));
  EXPECT_FALSE(holds(LabelOperator::does_not_exist, "canary", {}));
}

TEST(LabelRequirement, exists_wants_the_key_whatever_its_value) {
  EXPECT_TRUE(holds(LabelOperator::exists, "canary", {}));
  EXPECT_FALSE(holds(LabelOperator::exists, "zone", {}));
  EXPECT_FALSE(holds(LabelOperator::exists, "App", {}));
}

TEST(LabelSelector, selects_when_all_requirements_hold) {
  const auto selector =
      LabelSelector::parse({simple_requirement("app", "web"), simple_requirement("tier", "")});
  ASSERT_TRUE(selector);
  EXPECT_TRUE(selector->selects(web));
  EXPECT_FALSE(selector->selects({{"app", "web"}}));
  EXPECT_FALSE(selector->selects({{"app", "api"}, {"tier", "gold"}}));
}

TEST(LabelSelector, without_requirements_selects_everything) {
  EXPECT_TRUE(LabelSelector().selects(web));
  EXPECT_TRUE(LabelSelector().selects({}));
  EXPECT_TRUE(LabelSelector().empty());
}

TEST(LabelSelector, values_are_sorted_and_doubles_dropped) {
  const auto selector = LabelSelector::parse({{"app", LabelOperator::in, {"b", "a", "b"}}});
  ASSERT_TRUE(selector);
  EXPECT_EQ(selector->requirements().front().values, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(selector->selects({{"app", "a"}}));
  EXPECT_TRUE(selector->selects({{"app", "b"}}));
}

std::string problem(const LabelRequirement& requirement) {
  const auto selector = LabelSelector::parse({simple_requirement("ok", ""), requirement});
  if (selector) return "";
  EXPECT_EQ(selector.error().code, Errc::invalid_argument);
  return selector.error().message;
}

TEST(LabelSelector, errors_begin_with_the_field) {
  EXPECT_TRUE(problem({"a b", LabelOperator::exists, {}}).starts_with("labelSelectors[1].key "));
  EXPECT_TRUE(
      problem({"a", LabelOperator::in, {"x", "-"}}).starts_with("labelSelectors[1].values[1] "));
  EXPECT_TRUE(problem({"a", LabelOperator::in, {}}).starts_with("labelSelectors[1].values "));
  EXPECT_TRUE(problem({"a", LabelOperator::not_in, {}}).starts_with("labelSelectors[1].values "));
  EXPECT_TRUE(
      problem({"a", LabelOperator::exists, {"x"}}).starts_with("labelSelectors[1].values "));
  EXPECT_TRUE(problem({"a", LabelOperator::does_not_exist, {"x"}})
                  .starts_with("labelSelectors[1].values "));
  EXPECT_EQ(problem({"a", LabelOperator::exists, {}}), "");
}

TEST(LabelKey, legal_ones_are_those_of_kubernetes) {
  const std::string prefix = std::string(100, 'a') + '.' + std::string(152, 'b');
  for (const std::string& key :
       {std::string("app"), std::string("A_b.c-9"), std::string("app.kubernetes.io/name"),
        std::string("1/2"), std::string(63, 'a'), prefix + '/' + std::string(63, 'a')}) {
    EXPECT_TRUE(check_label_key(key, "key")) << key;
  }
}

TEST(LabelKey, illegal_ones_are_refused) {
  for (const std::string& key :
       {std::string(), std::string("a b"), std::string("-a"), std::string("a."), std::string("!a"),
        std::string("a,b"), std::string(64, 'a'), std::string("/a"), std::string("a/"),
        std::string("a/b/c"), std::string("A.io/name"), std::string("-a.io/name"),
        std::string("a..io/name"), std::string("a_b/name"), std::string(254, 'a') + "/name",
        std::string("b\xc3\xbc")}) {
    const auto checked = check_label_key(key, "key");
    ASSERT_FALSE(checked) << key;
    EXPECT_TRUE(checked.error().message.starts_with("key ")) << checked.error().message;
  }
}

TEST(LabelValue, is_empty_or_like_a_name_without_prefix) {
  for (const std::string& value : {std::string(), std::string("Web-1_a.b"), std::string(63, 'a')}) {
    EXPECT_TRUE(check_label_value(value, "value")) << value;
  }
  for (const std::string& value : {std::string("a b"), std::string("a/b"), std::string("-"),
                                   std::string("a_"), std::string(64, 'a')}) {
    EXPECT_FALSE(check_label_value(value, "value")) << value;
  }
}

TEST(SimpleRequirement, is_equality_or_existence) {
  EXPECT_EQ(simple_requirement("a", "b"), (LabelRequirement{"a", LabelOperator::in, {"b"}}));
  EXPECT_EQ(simple_requirement("a", ""), (LabelRequirement{"a", LabelOperator::exists, {}}));
}

}  // namespace
}  // namespace gthulhu
