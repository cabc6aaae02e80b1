// SPDX-License-Identifier: Apache-2.0
#include "base/name.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace gthulhu {
namespace {

using Fruit = Name<struct FruitTag>;
using Animal = Name<struct AnimalTag>;

TEST(Name, of_one_kind_is_not_taken_for_another_or_for_a_text) {
  static_assert(!std::is_convertible_v<Fruit, Animal>);
  static_assert(!std::is_constructible_v<Fruit, Animal>);
  static_assert(!std::is_convertible_v<std::string, Fruit>);
  static_assert(!std::is_convertible_v<Fruit, std::string>);
  EXPECT_EQ(Fruit("kiwi").str(), Animal("kiwi").str());
}

TEST(Name, is_compared_and_hashed_by_its_text) {
  EXPECT_EQ(Fruit("kiwi"), Fruit("kiwi"));
  EXPECT_LT(Fruit("apple"), Fruit("kiwi"));
  EXPECT_TRUE(Fruit().empty());
  EXPECT_FALSE(Fruit("kiwi").empty());
  const std::unordered_set<Fruit> fruits{Fruit("kiwi"), Fruit("apple"), Fruit("kiwi")};
  EXPECT_EQ(fruits.size(), 2U);
  EXPECT_TRUE(fruits.contains(Fruit("apple")));
}

}  // namespace
}  // namespace gthulhu
