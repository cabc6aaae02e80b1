// SPDX-License-Identifier: Apache-2.0
#include "core/access/authorize.h"

#include <gtest/gtest.h>

#include <set>

#include "core/access/permission_catalogue.h"

namespace gthulhu {
namespace {

Role role(const std::string& name, const std::vector<Permission>& permissions) {
  Role made;
  made.name = RoleName(name);
  for (const Permission permission : permissions) {
    made.policies.push_back({std::string(key(permission)), false, "", ""});
  }
  return made;
}

User holding(std::vector<std::string> names) {
  User user;
  for (std::string& name : names) user.roles.emplace_back(std::move(name));
  return user;
}

TEST(Authorize, one_role_that_grants_the_key_is_enough) {
  const std::vector roles{role("reader", {Permission::schedule_strategy_read}),
                          role("writer", {Permission::schedule_strategy_create})};
  const User user = holding({"reader", "writer"});
  EXPECT_TRUE(authorize(user, roles, Permission::schedule_strategy_create));
  EXPECT_TRUE(authorize(user, roles, Permission::schedule_strategy_read));
}

TEST(Authorize, a_role_that_the_user_does_not_hold_grants_nothing) {
  const std::vector roles{role("writer", {Permission::schedule_strategy_create})};
  const Result<Scope> answer =
      authorize(holding({"reader"}), roles, Permission::schedule_strategy_create);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::forbidden);
  EXPECT_EQ(answer.error().message, "permission denied");
}

TEST(Authorize, a_user_without_roles_may_do_nothing) {
  const std::vector roles{role("writer", {Permission::schedule_strategy_create})};
  EXPECT_FALSE(authorize(holding({}), roles, Permission::schedule_strategy_create));
}

TEST(Permission, every_key_is_different) {
  std::set<std::string_view> keys;
  for (const Permission permission : all_permissions()) keys.insert(key(permission));
  EXPECT_EQ(keys.size(), permission_count);
}

TEST(Permission, the_catalogue_has_every_one_once_with_a_description) {
  std::set<Permission> listed;
  for (const PermissionEntry& entry : permission_catalogue) {
    listed.insert(entry.permission);
    EXPECT_FALSE(entry.description.empty());
  }
  EXPECT_EQ(listed.size(), permission_count);
}

}  // namespace
}  // namespace gthulhu
