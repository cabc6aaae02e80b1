// SPDX-License-Identifier: Apache-2.0
#include "base/shared_memo.h"

#include <gtest/gtest.h>

#include <string>

namespace gthulhu {
namespace {

struct Named {
  std::string key;
  int value = 0;
};

class SharedMemoTest : public testing::Test {
 protected:
  using Values = std::vector<Shared<Named>>;

  // What each round makes is counted.
  std::vector<Shared<int>> of(const Values& values) {
    return memo_.of(values, [this](const Named& named) {
      ++made_;
      return named.value;
    });
  }

  const Shared<Named> a_ = Named{"a", 1};
  const Shared<Named> b_ = Named{"b", 2};
  const Shared<Named> c_ = Named{"c", 3};
  int made_ = 0;

 private:
  SharedMemo<Named, int, &Named::key> memo_;
};

TEST_F(SharedMemoTest, what_is_the_same_is_not_made_again) {
  const auto first = of({a_, b_, c_});
  const auto second = of({a_, Named{"b", 5}, c_});
  EXPECT_EQ(made_, 4);
  EXPECT_TRUE(second[0].is_same(first[0]));
  EXPECT_EQ(*second[1], 5);
  EXPECT_TRUE(second[2].is_same(first[2]));
}

TEST_F(SharedMemoTest, what_comes_and_goes_leaves_the_others_as_they_are) {
  const auto first = of({a_, c_});
  const auto more = of({a_, b_, c_});
  EXPECT_EQ(made_, 3);
  EXPECT_TRUE(more[0].is_same(first[0]));
  EXPECT_TRUE(more[2].is_same(first[1]));
  const auto less = of({c_});
  EXPECT_EQ(made_, 3);
  EXPECT_TRUE(less[0].is_same(first[1]));
}

TEST_F(SharedMemoTest, in_another_order_more_is_made_and_all_is_right) {
  of({a_, b_, c_});
  const auto turned = of({c_, a_});
  EXPECT_EQ(*turned[0], 3);
  EXPECT_EQ(*turned[1], 1);
}

}  // namespace
}  // namespace gthulhu
