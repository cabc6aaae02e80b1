// SPDX-License-Identifier: Apache-2.0
#include "core/access/password_rules.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

TEST(PasswordRules, eight_characters_are_enough_and_seven_are_not) {
  EXPECT_TRUE(check_new_password("12345678", "newPassword"));
  const Result<> answer = check_new_password("1234567", "newPassword");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "newPassword must have between 8 and 1024 characters");
  EXPECT_FALSE(check_new_password(std::string(1'025, 'x'), "newPassword"));
}

TEST(PasswordRules, made_up_passwords_differ_and_have_no_confusing_letters) {
  FakeRandom random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string password = make_up_password(random);
    EXPECT_EQ(password.size(), 24u);
    EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos);
    seen.insert(password);
  }
  EXPECT_EQ(seen.size(), 100u);
}

}  // namespace
}  // namespace gthulhu
