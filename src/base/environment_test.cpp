// SPDX-License-Identifier: Apache-2.0
#include "base/environment.h"

#include <gtest/gtest.h>

#include <array>

namespace gthulhu {
namespace {

TEST(Environment, the_first_of_a_name_counts_and_what_has_no_equals_sign_is_left_out) {
  const std::array<const char*, 6> variables{"A=1", "A=2", "B=", "C", "D=x=y", nullptr};
  const Environment environment = environment_of(variables.data());
  EXPECT_EQ(environment, (Environment{{"A", "1"}, {"B", ""}, {"D", "x=y"}}));
  EXPECT_EQ(variable(environment, "D"), "x=y");
  EXPECT_EQ(variable(environment, "C"), "");
}

}  // namespace
}  // namespace gthulhu
