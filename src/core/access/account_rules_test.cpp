// SPDX-License-Identifier: Apache-2.0
#include "core/access/account_rules.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(AccountRules, a_username_is_not_empty_and_not_endless) {
  EXPECT_TRUE(check_username("a"));
  EXPECT_TRUE(check_username(std::string(256, 'a')));
  EXPECT_EQ(check_username("").error().message, "username must not be empty");
  EXPECT_EQ(check_username("").error().field, "username");
  EXPECT_EQ(check_username(std::string(257, 'a')).error().code, Errc::invalid_argument);
}

TEST(AccountRules, a_role_has_a_name_and_a_description_of_bounded_length) {
  Role role;
  EXPECT_EQ(check_role_texts(role).error().message, "name must not be empty");
  role.name = RoleName("ops");
  EXPECT_TRUE(check_role_texts(role));
  role.description = std::string(4'097, 'a');
  EXPECT_EQ(check_role_texts(role).error().field, "description");
}

TEST(AccountRules, a_policy_has_a_key_of_the_catalogue) {
  EXPECT_TRUE(check_policies({{"user.read", false, "", ""}}, "rolePolicies"));
  const auto wrong =
      check_policies({{"user.read", false, "", ""}, {"user.raed", false, "", ""}}, "rolePolicies");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "rolePolicies[1].permissionKey");
  EXPECT_EQ(wrong.error().message,
            "rolePolicies[1].permissionKey is no permission: did you mean user.read? "
            "(GET /api/v1/permissions lists them)");
  EXPECT_FALSE(check_policies({{"", false, "", ""}}, "rolePolicies"));
  EXPECT_FALSE(check_policies({{"user.read", false, std::string(257, 'a'), ""}}, "rolePolicies"));
}

TEST(AccountRules, a_status_is_one_of_three) {
  EXPECT_EQ(parse_user_status(1).value(), UserStatus::active);
  EXPECT_EQ(parse_user_status(2).value(), UserStatus::inactive);
  EXPECT_EQ(parse_user_status(3).value(), UserStatus::must_change_password);
  for (const std::int64_t number : {0, 4, 77, -1}) {
    EXPECT_EQ(parse_user_status(number).error().message,
              "status must be 1 (active), 2 (inactive) or 3 (must change password)");
  }
}

}  // namespace
}  // namespace gthulhu
